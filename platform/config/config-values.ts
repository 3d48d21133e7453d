import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { readS3Url, type S3Location } from './s3-url.ts'
import { parseCidr, type Cidr } from './cidr.ts'

/** Readers of one environment value each. They answer undefined for a value that they cannot use. */

export const roleNames = ['gateway', 'projector', 'worker'] as const
export type Role = (typeof roleNames)[number]

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Where outbound requests may go although the address is private: exact host names (lower case) and address ranges. */
export interface OutboundAllow {
  readonly hosts: readonly string[]
  readonly cidrs: readonly Cidr[]
}

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

const allRead = <T>(list: readonly (T | undefined)[]): list is readonly T[] =>
  list.every((entry) => entry !== undefined)

const listOf = (text: string): string[] => text.split(',').map((entry) => entry.trim())

export const readHost = (text: string): string | undefined =>
  isIP(text) !== 0 || (hostName.test(text.toLowerCase()) && !/^[\d.]+$/.test(text)) ? text : undefined

export const readPort = (text: string): number | undefined => {
  if (!/^\d{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65_535 ? port : undefined
}

/** An origin such as `https://registry.example`, without a path: clients find OCI at the root of a host only. */
export const readOrigin = (text: string): string | undefined => {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  const bare = url.pathname === '/' && url.search + url.hash + url.username + url.password === ''
  return bare ? url.origin : undefined
}

export const readPath = (text: string): string => resolve(text)

/** The URL of a proxy: its host and port. */
export const readProxyUrl = (text: string): string | undefined => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) ? text : undefined
}

/** A connection string of Postgres; no WHATWG URL, because `postgres://user@/name?host=/socket` is none. */
export const readDatabaseUrl = (text: string): string | undefined =>
  /^postgres(ql)?:\/\/[^\s]+$/.test(text) ? text : undefined

export type Blobs = { readonly kind: 'file'; readonly folder: string } | ({ readonly kind: 's3' } & S3Location)

/**
 * `file:<folder>`, relative to the working folder unless it starts with a slash; `file:///x` and `file:/x` are the same. Or `s3:`,
 * see `readS3Url`.
 */
export const readBlobs = (text: string): Blobs | undefined => {
  if (/^s3:/i.test(text)) return { kind: 's3', ...readS3Url(text) }
  const folder = /^file:(?:\/\/(?=\/))?([^\0]+)$/.exec(text)?.[1]
  return folder === undefined || folder.startsWith('//') ? undefined : { kind: 'file', folder: resolve(folder) }
}

export const readRoles = (text: string): ReadonlySet<Role> | undefined => {
  const names = listOf(text)
  const known = names.filter((name): name is Role => (roleNames as readonly string[]).includes(name))
  return known.length === names.length ? new Set(known) : undefined
}

export const readCidrs = (text: string): readonly Cidr[] | undefined => {
  const ranges = listOf(text).map(parseCidr)
  return allRead(ranges) ? ranges : undefined
}

export const readOutboundAllow = (text: string): OutboundAllow | undefined => {
  const entries = listOf(text.toLowerCase())
  const cidrs = entries.map(parseCidr)
  const hosts = entries.filter((_, at) => cidrs[at] === undefined)
  if (!hosts.every((host) => readHost(host) !== undefined)) return undefined
  return { hosts, cidrs: cidrs.filter((range) => range !== undefined) }
}

/** 32 bytes, as 64 hexadecimal digits or as base64 (either alphabet, padding optional). */
export const readKey = (text: string): Uint8Array | undefined => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  return /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

export const readLogLevel = (text: string): LogLevel | undefined => logLevels.find((level) => level === text)

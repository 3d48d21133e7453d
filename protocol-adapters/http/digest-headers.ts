import type { IncomingHttpHeaders } from 'node:http'
import type { Digests } from '../../platform/blob-store/blob-store.ts'

/** The digests that a client announced (what `put` expects), or what is wrong with its announcement, for a 400. */
export type AnnouncedDigests =
  | { readonly expected: Partial<Digests>; readonly problem?: undefined }
  | { readonly expected?: undefined; readonly problem: string }

type Name = keyof Digests

const lengths: Readonly<Record<Name, number>> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 }

/** Names of RFC 9530 and of RFC 3230 before it. An algorithm that we do not compute is passed over, as both ask. */
const algorithms: Readonly<Record<string, Name>> = {
  md5: 'md5',
  sha: 'sha1',
  'sha-256': 'sha256',
  'sha-512': 'sha512',
}

class Unreadable extends Error {}

const fromBase64 = (field: string, name: Name, base64: string): string => {
  const bytes = Buffer.from(base64, 'base64')
  // Buffer skips what is not base64, so the text must also be what the bytes encode to; padding is often left out.
  const same = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
  if (!same || bytes.length !== lengths[name]) throw new Unreadable(`${field} holds no ${name} digest in base64`)
  return bytes.toString('hex')
}

const fromHex = (field: string, name: Name, hex: string): string => {
  const digest = hex.trim().toLowerCase()
  if (!/^[0-9a-f]*$/.test(digest) || digest.length !== 2 * lengths[name])
    throw new Unreadable(`${field} holds no ${name} digest in hexadecimal`)
  return digest
}

// A dictionary of byte sequences (RFC 8941 sections 3.2 and 3.3.5), each with parameters that mean nothing here.
const member = /[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):(?:;[^,]*)?[ \t]*(?:,|$)/y
// RFC 3230 section 4.3.2: algorithm=value; a value has no comma.
const legacyMember = /[ \t]*([A-Za-z0-9-]+)=([^,]*?)[ \t]*(?:,|$)/y

const readMembers = (field: string, value: string, pattern: RegExp): [Name, string][] => {
  const found: [Name, string][] = []
  pattern.lastIndex = 0
  do {
    const [, key = '', text = ''] = pattern.exec(value) ?? []
    if (key === '') throw new Unreadable(`${field} cannot be read: ${value}`)
    const name = algorithms[key.toLowerCase()]
    if (name) found.push([name, fromBase64(field, name, text)])
  } while (pattern.lastIndex < value.length)
  return found
}

type Read = (field: string, value: string) => [Name, string][]

const hex =
  (name: Name): Read =>
  (field, value) => [[name, fromHex(field, name, value)]]

const fields: Readonly<Record<string, Read>> = {
  'Repr-Digest': (field, value) => readMembers(field, value, member),
  'Content-Digest': (field, value) => readMembers(field, value, member),
  Digest: (field, value) => readMembers(field, value, legacyMember),
  'Content-MD5': (field, value) => [['md5', fromBase64(field, 'md5', value.trim())]],
  'X-Checksum-Md5': hex('md5'),
  'X-Checksum-Sha1': hex('sha1'),
  'X-Checksum-Sha256': hex('sha256'),
  'X-Checksum-Sha512': hex('sha512'),
}

/**
 * Reads Repr-Digest and Content-Digest (RFC 9530; the same for an upload that is neither partial nor coded), Digest
 * (RFC 3230), Content-MD5 (RFC 1864) and X-Checksum-Md5, -Sha1, -Sha256, -Sha512 (hexadecimal). Two that contradict each
 * other are a problem: no bytes can have both.
 */
export const announcedDigests = (headers: IncomingHttpHeaders): AnnouncedDigests => {
  const expected: { -readonly [name in Name]?: string } = {}
  try {
    for (const [field, read] of Object.entries(fields)) {
      const value = headers[field.toLowerCase()]
      if (value === undefined || value === '') continue
      for (const [name, digest] of read(field, String(value))) {
        if (expected[name] !== undefined && expected[name] !== digest)
          return { problem: `${field} contradicts another header's ${name} digest` }
        expected[name] = digest
      }
    }
    return { expected }
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error.message }
    throw error
  }
}

import { join } from 'node:path'
import Value from 'typebox/value'
import type { Cidr } from './cidr.ts'
import { configSchema, notesOf, settingNames, type SettingName, type Settings } from './config-schema.ts'
import type { EventStoreLocation } from './event-store-url.ts'
import type { Blobs, LogLevel, OutboundAllow, Role } from './config-values.ts'
import { nearest } from './nearest-word.ts'
import type { QueueLocation } from './queue-url.ts'

/** What a start was told by its environment; paths are absolute. Unset parts run embedded. */
export interface Config {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** An origin without a trailing slash. */
  readonly publicUrl?: string
  readonly dataFolder: string
  readonly adminPassword?: string
  /** 32 bytes. */
  readonly secretKey?: Uint8Array
  /** A postgres:// URL; without one Postgres runs embedded. */
  readonly database?: string
  /** Without one events are in Postgres. */
  readonly eventStore?: EventStoreLocation
  readonly blobs: Blobs
  /** Without one jobs are kept in the process. */
  readonly queue?: QueueLocation
  readonly roles: ReadonlySet<Role>
  readonly trustedProxies: readonly Cidr[]
  readonly outboundAllow: OutboundAllow
  readonly outboundProxy?: string
  /** Paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly logLevel: LogLevel
}

/** Thrown by `readConfig` for a value or a variable it cannot use; the message is one sentence for the operator. */
export class ConfigError extends Error {
  readonly code = 'invalid-config'
  readonly variable: string

  constructor(variable: string, message: string) {
    super(message)
    this.name = 'ConfigError'
    this.variable = variable
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Left to the test suite, which reads its own switches from the same environment. */
const TEST_PREFIX = 'WAYBILL_TEST_'

/** Of the command line where it speaks to a server: they may be set where one is started, and mean nothing there. */
const OF_THE_COMMAND_LINE = new Set(['WAYBILL_SERVER', 'WAYBILL_TOKEN'])

const shown = (name: SettingName, text: string): string => {
  const { secret } = notesOf(name)
  const safe = secret === undefined || (secret === 'url' && /^[a-z][a-z0-9+]*:/i.test(text) && !/[@?]/.test(text))
  return safe ? JSON.stringify(text) : 'set to a value that cannot be used'
}

const clusterHint = (name: string): string =>
  /^WAYBILL_(PORT(_.*)?|SERVICE_.*)$/.test(name)
    ? ' (Kubernetes sets it for a Service named "waybill": set enableServiceLinks to false)'
    : ''

const refuseUnknown = (environment: Environment): void => {
  for (const name of Object.keys(environment).sort()) {
    if (!name.startsWith('WAYBILL_') || name.startsWith(TEST_PREFIX) || OF_THE_COMMAND_LINE.has(name)) continue
    if ((settingNames as string[]).includes(name)) continue
    const hint = clusterHint(name) || `; did you mean ${nearest(name, settingNames)}?`
    throw new ConfigError(name, `${name} is not a setting of Waybill${hint}`)
  }
}

const readSetting = <N extends SettingName>(environment: Environment, name: N): Settings[N] | undefined => {
  // An empty value counts as unset: it is what compose files make of a variable that is not there.
  const text = environment[name] || notesOf(name).default
  if (text === undefined) return undefined
  try {
    return Value.Decode(configSchema.properties[name], text) as Settings[N]
  } catch (error) {
    const why = (error as Error).message + (text.startsWith('tcp:') ? clusterHint(name) : '')
    throw new ConfigError(name, `${name} is ${shown(name, text)}: ${why}`)
  }
}

const required = <T>(value: T | undefined, name: SettingName): T => {
  if (value === undefined) throw new ConfigError(name, `${name} has no value and no default`)
  return value
}

const readTls = (environment: Environment): Config['tls'] => {
  const cert = readSetting(environment, 'WAYBILL_TLS_CERT')
  const key = readSetting(environment, 'WAYBILL_TLS_KEY')
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert === undefined && key === undefined) return undefined
  const [given, absent] =
    cert === undefined ? ['WAYBILL_TLS_KEY', 'WAYBILL_TLS_CERT'] : ['WAYBILL_TLS_CERT', 'WAYBILL_TLS_KEY']
  throw new ConfigError(absent, `${absent} is not set although ${given} is: HTTPS needs the certificate and its key`)
}

const readRoles = (environment: Environment, embedded: boolean): ReadonlySet<Role> => {
  const roles = required(readSetting(environment, 'WAYBILL_ROLES'), 'WAYBILL_ROLES')
  if (embedded && !(roles.has('gateway') && roles.has('projector'))) {
    throw new ConfigError(
      'WAYBILL_ROLES',
      `WAYBILL_ROLES is ${JSON.stringify([...roles].join(','))}: without WAYBILL_DATABASE no other process can ` +
        'do the rest; expected gateway and projector among them',
    )
  }
  return roles
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>

/** Reads and checks every WAYBILL_* variable. Throws `ConfigError` at the first that is wrong or unknown. */
export const readConfig = (environment: Environment): Config => {
  refuseUnknown(environment)
  const get = <N extends SettingName>(name: N) => readSetting(environment, name)
  const dataFolder = required(get('WAYBILL_DATA'), 'WAYBILL_DATA')
  const database = get('WAYBILL_DATABASE')
  return present({
    host: required(get('WAYBILL_HOST'), 'WAYBILL_HOST'),
    port: required(get('WAYBILL_PORT'), 'WAYBILL_PORT'),
    publicUrl: get('WAYBILL_PUBLIC_URL'),
    dataFolder,
    adminPassword: get('WAYBILL_ADMIN_PASSWORD'),
    secretKey: get('WAYBILL_SECRET_KEY'),
    database,
    eventStore: get('WAYBILL_EVENT_STORE'),
    blobs: get('WAYBILL_BLOBS') ?? { kind: 'file' as const, folder: join(dataFolder, 'blobs') },
    queue: get('WAYBILL_QUEUE'),
    roles: readRoles(environment, database === undefined),
    trustedProxies: get('WAYBILL_TRUSTED_PROXIES') ?? [],
    outboundAllow: get('WAYBILL_OUTBOUND_ALLOW') ?? { hosts: [], cidrs: [] },
    outboundProxy: get('WAYBILL_OUTBOUND_PROXY'),
    tls: readTls(environment),
    logLevel: required(get('WAYBILL_LOG'), 'WAYBILL_LOG'),
  })
}

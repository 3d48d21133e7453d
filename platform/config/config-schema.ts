import Type, { type StaticDecode, type TCodec, type TString } from 'typebox'
import { readEventStoreUrl } from './event-store-url.ts'
import { readQueueUrl } from './queue-url.ts'
import * as values from './config-values.ts'

/** What is said about each variable, besides its type: kept in the schema, so that the documentation comes from it. */
export interface SettingNotes {
  /** One sentence: what it is for. */
  readonly description: string
  /** What a value looks like, in words that complete "expected …". */
  readonly expected: string
  /** As text, the way it would be written in the environment; without one the setting may be unset. */
  readonly default?: string
  /** Said of the default in the documentation when the text alone would not tell. */
  readonly whenUnset?: string
  /** `value`: it is a secret, never printed. `url`: it may hold one before its `@` or in its query; printed without. */
  readonly secret?: 'value' | 'url'
}

const setting = <T>(notes: SettingNotes, read: (text: string) => T | undefined): TCodec<TString, T> =>
  Type.Codec(Type.String({ ...notes }))
    .Decode((text): T => {
      const value = read(text)
      if (value === undefined) throw new Error(`expected ${notes.expected}`)
      return value
    })
    .Encode((value) => String(value))

/** Every setting of Waybill: the environment variable, its type, its default and its meaning. Unset means embedded. */
export const configSchema = Type.Object({
  WAYBILL_HOST: setting(
    { description: 'The address to listen on.', expected: 'an IP address or a host name', default: '127.0.0.1' },
    values.readHost,
  ),
  WAYBILL_PORT: setting(
    {
      description: 'The port to listen on; 0 takes a free one.',
      expected: 'a whole number from 0 to 65535',
      default: '8420',
    },
    values.readPort,
  ),
  WAYBILL_PUBLIC_URL: Type.Optional(
    setting(
      {
        description: 'The address under which clients reach Waybill, written into the documents that name other URLs.',
        expected: 'http:// or https:// with a host and perhaps a port, without a path',
        whenUnset: "the request's validated Host",
      },
      values.readOrigin,
    ),
  ),
  WAYBILL_DATA: setting(
    { description: 'The folder for everything that is kept on this machine.', expected: 'a path', default: '.waybill' },
    values.readPath,
  ),
  WAYBILL_ADMIN_PASSWORD: Type.Optional(
    setting(
      {
        description: 'The password of the account `admin`, used when it is created at the first start.',
        expected: 'a password',
        whenUnset: 'generated, printed once, kept in `admin-password` in the data folder',
        secret: 'value',
      },
      (text) => text,
    ),
  ),
  WAYBILL_SECRET_KEY: Type.Optional(
    setting(
      {
        description: 'The key that secrets are kept under: hashes of keyed commands today.',
        expected: '32 bytes, as 64 hexadecimal digits or as base64',
        whenUnset: 'generated, kept in a file of mode 0600 in the data folder',
        secret: 'value',
      },
      values.readKey,
    ),
  ),
  WAYBILL_DATABASE: Type.Optional(
    setting(
      {
        description: 'The Postgres (15 to 18) for read models, the vault and, unless the next is set, the events.',
        expected: 'postgres:// followed by user, password, host and database',
        whenUnset: 'embedded Postgres in the data folder',
        secret: 'url',
      },
      values.readDatabaseUrl,
    ),
  ),
  WAYBILL_EVENT_STORE: Type.Optional(
    setting(
      {
        description:
          'The EventStoreDB (22.6 or newer) or KurrentDB for the events. `streamPrefix=` sets the streams of several Waybills on one server apart.',
        expected: 'esdb://host:2113?tls=false, esdb://a,b,c or esdb+discover://name, with options of its client',
        whenUnset: 'the Postgres above',
        secret: 'url',
      },
      readEventStoreUrl,
    ),
  ),
  WAYBILL_BLOBS: Type.Optional(
    setting(
      {
        description:
          'Where the bytes of artifacts are kept: a folder, or an S3 server, whose credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or what else the AWS SDK knows. `redirect=on` sends clients to it for large files.',
        expected:
          'file:<folder>, or s3://bucket/prefix?endpoint=https://...&region=...&style=path|host&redirect=off|on',
        whenUnset: '`blobs` in the data folder',
        secret: 'url',
      },
      values.readBlobs,
    ),
  ),
  WAYBILL_QUEUE: Type.Optional(
    setting(
      {
        description: 'The NATS servers (2.9 or newer, with JetStream) for jobs and live events.',
        expected:
          'nats:// or tls:// followed by user and password, a host and perhaps more hosts, such as nats://a,b:4222',
        whenUnset: 'in the process',
        secret: 'url',
      },
      readQueueUrl,
    ),
  ),
  WAYBILL_ROLES: setting(
    {
      description: 'What this process does.',
      expected: `one or more of ${values.roleNames.join(', ')}, separated by commas`,
      default: values.roleNames.join(','),
    },
    values.readRoles,
  ),
  WAYBILL_TRUSTED_PROXIES: Type.Optional(
    setting(
      {
        description: 'The proxies whose X-Forwarded headers are believed.',
        expected: 'addresses or ranges such as 10.0.0.0/8, separated by commas',
        whenUnset: 'none',
      },
      values.readCidrs,
    ),
  ),
  WAYBILL_OUTBOUND_ALLOW: Type.Optional(
    setting(
      {
        description: 'The hosts and addresses that Waybill may call although they are private or local.',
        expected: 'host names, addresses or ranges such as 10.0.0.0/8, separated by commas',
        whenUnset: 'none',
      },
      values.readOutboundAllow,
    ),
  ),
  WAYBILL_OUTBOUND_PROXY: Type.Optional(
    setting(
      {
        description: 'The proxy that outbound requests go through.',
        expected: 'http:// or https:// with a host and perhaps a port',
        whenUnset: 'none',
        secret: 'url',
      },
      values.readProxyUrl,
    ),
  ),
  WAYBILL_TLS_CERT: Type.Optional(
    setting(
      {
        description: 'The file with the certificate chain (PEM) to serve HTTPS with; needs the next one too.',
        expected: 'a path',
        whenUnset: 'plain HTTP',
      },
      values.readPath,
    ),
  ),
  WAYBILL_TLS_KEY: Type.Optional(
    setting(
      {
        description: "The file with the certificate's private key (PEM).",
        expected: 'a path',
        whenUnset: 'plain HTTP',
      },
      values.readPath,
    ),
  ),
  WAYBILL_LOG: setting(
    {
      description: 'The least severe level that is logged.',
      expected: `one of ${values.logLevels.join(', ')}`,
      default: 'info',
    },
    values.readLogLevel,
  ),
})

export type Settings = StaticDecode<typeof configSchema>
export type SettingName = keyof typeof configSchema.properties

export const settingNames = Object.keys(configSchema.properties) as SettingName[]

/** What the schema says about a variable. */
export const notesOf = (name: SettingName): SettingNotes => configSchema.properties[name] as unknown as SettingNotes

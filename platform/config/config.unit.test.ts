import { describe, expect, it } from 'vitest'
import { settingNames } from './config-schema.ts'
import { configTable } from './config-table.ts'
import { ConfigError, readConfig } from './config.ts'

const refusal = (environment: Record<string, string>): string => {
  try {
    readConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const { message, variable } = error as ConfigError
    expect(message).toContain(variable)
    expect(message).not.toContain('\n')
    return message
  }
  throw new Error(`accepted ${JSON.stringify(environment)}`)
}

describe('the configuration', () => {
  it('is everything embedded when nothing is set', () => {
    expect(readConfig({ PATH: '/bin' })).toEqual({
      host: '127.0.0.1',
      port: 8420,
      dataFolder: `${process.cwd()}/.waybill`,
      blobs: { kind: 'file', folder: `${process.cwd()}/.waybill/blobs` },
      roles: new Set(['gateway', 'projector', 'worker']),
      trustedProxies: [],
      outboundAllow: { hosts: [], cidrs: [] },
      logLevel: 'info',
    })
  })

  it('takes an empty value as unset', () => {
    expect(readConfig(Object.fromEntries(settingNames.map((name) => [name, ''])))).toEqual(readConfig({}))
  })

  it('reads every kind of value', () => {
    const config = readConfig({
      WAYBILL_HOST: '::',
      WAYBILL_PORT: '0',
      WAYBILL_PUBLIC_URL: 'https://Registry.Example:443/',
      WAYBILL_DATA: '/srv/waybill',
      WAYBILL_ADMIN_PASSWORD: 'pässword ',
      WAYBILL_SECRET_KEY: '00ff'.repeat(16),
      WAYBILL_DATABASE: 'postgres://waybill:secret@db:5432/waybill',
      WAYBILL_BLOBS: 'file:/srv/blobs',
      WAYBILL_ROLES: 'gateway, worker',
      WAYBILL_TRUSTED_PROXIES: '10.0.0.0/8,::1',
      WAYBILL_OUTBOUND_ALLOW: 'Registry.Internal, 192.168.0.0/16',
      WAYBILL_OUTBOUND_PROXY: 'http://proxy:3128',
      WAYBILL_TLS_CERT: '/tls/cert.pem',
      WAYBILL_TLS_KEY: '/tls/key.pem',
      WAYBILL_LOG: 'debug',
    })
    expect(config).toMatchObject({
      host: '::',
      port: 0,
      publicUrl: 'https://registry.example',
      dataFolder: '/srv/waybill',
      adminPassword: 'pässword ',
      database: 'postgres://waybill:secret@db:5432/waybill',
      blobs: { kind: 'file', folder: '/srv/blobs' },
      roles: new Set(['gateway', 'worker']),
      outboundProxy: 'http://proxy:3128',
      tls: { cert: '/tls/cert.pem', key: '/tls/key.pem' },
      logLevel: 'debug',
    })
    expect(config.secretKey).toHaveLength(32)
    expect(config.trustedProxies.map(([network, bits]) => `${network.toString()}/${bits}`)).toEqual([
      '10.0.0.0/8',
      '::1/128',
    ])
    expect(config.outboundAllow.hosts).toEqual(['registry.internal'])
    expect(config.outboundAllow.cidrs).toHaveLength(1)
  })

  it.each([
    ['00'.repeat(32), 'hexadecimal'],
    [Buffer.alloc(32, 251).toString('base64'), 'base64'],
    [Buffer.alloc(32, 251).toString('base64url'), 'base64url'],
  ])('reads a key of 32 bytes (%#)', (text) => {
    expect(readConfig({ WAYBILL_SECRET_KEY: text }).secretKey).toHaveLength(32)
  })

  it.each([
    ['file:///srv/blobs', '/srv/blobs'],
    ['file:blobs', `${process.cwd()}/blobs`],
  ])('takes %s as a folder', (text, folder) => {
    expect(readConfig({ WAYBILL_BLOBS: text }).blobs).toEqual({ kind: 'file', folder })
  })

  it('takes the connection string of a Postgres behind a Unix socket', () => {
    const database = 'postgres://waybill@/waybill?host=%2Frun%2Fpostgresql'
    expect(readConfig({ WAYBILL_DATABASE: database }).database).toBe(database)
  })

  it('leaves the switches of the test suite alone', () => {
    expect(() => readConfig({ WAYBILL_TEST_REQUIRE: 'all' })).not.toThrow()
  })

  it('leaves what the command line speaks to a server with alone', () => {
    expect(readConfig({ WAYBILL_SERVER: 'http://localhost:8420', WAYBILL_TOKEN: 'wbt_x' })).toEqual(readConfig({}))
  })
})

describe('a wrong value stops the start with one sentence', () => {
  it('that names the variable, what was given and what is expected', () => {
    expect(refusal({ WAYBILL_PORT: 'abc' })).toBe('WAYBILL_PORT is "abc": expected a whole number from 0 to 65535')
  })

  it.each([
    { WAYBILL_PORT: '65536' },
    { WAYBILL_PORT: '-1' },
    { WAYBILL_PORT: '80.5' },
    { WAYBILL_HOST: '300.1.1.1' },
    { WAYBILL_HOST: 'a b' },
    { WAYBILL_PUBLIC_URL: 'registry.example' },
    { WAYBILL_PUBLIC_URL: 'https://registry.example/below' },
    { WAYBILL_PUBLIC_URL: 'ftp://registry.example' },
    { WAYBILL_ROLES: 'gateway,janitor', WAYBILL_DATABASE: 'postgres://db/w' },
    { WAYBILL_ROLES: 'worker' },
    { WAYBILL_TRUSTED_PROXIES: '10.0.0.0/8,proxy' },
    { WAYBILL_OUTBOUND_ALLOW: 'good.example,bad_host!' },
    { WAYBILL_OUTBOUND_PROXY: 'socks5://proxy' },
    { WAYBILL_TLS_CERT: '/tls/cert.pem' },
    { WAYBILL_TLS_KEY: '/tls/key.pem' },
    { WAYBILL_LOG: 'loud' },
    { WAYBILL_DATABASE: 'mysql://db/w' },
    { WAYBILL_DATABASE: 'postgres://' },
    { WAYBILL_BLOBS: 'blobs' },
    { WAYBILL_BLOBS: 'file:' },
  ])('%j', (environment) => {
    refusal(environment)
  })

  it.each([
    [{ WAYBILL_SECRET_KEY: 'topsecret' }],
    [{ WAYBILL_SECRET_KEY: 'top:topsecret' }],
    [{ WAYBILL_DATABASE: 'mysql://root:topsecret@db/waybill' }],
    [{ WAYBILL_DATABASE: 'topsecret' }],
    [{ WAYBILL_EVENT_STORE: 'esdb://admin:topsecret@node:port' }],
    [{ WAYBILL_BLOBS: 's3://bucket/prefix?endpoint=x&secret=topsecret' }],
    [{ WAYBILL_OUTBOUND_PROXY: 'socks5://me:topsecret@proxy' }],
    [{ WAYBILL_QUEUE: 'nats://me:topsecret@node:port' }],
    [{ WAYBILL_QUEUE: 'nats://topsecret@node' }],
  ])('and never shows a secret (%#)', (environment) => {
    expect(refusal(environment)).not.toContain('topsecret')
  })
})

describe('the distributed engines', () => {
  it('are read from their addresses', () => {
    const { eventStore, blobs, queue } = readConfig({
      WAYBILL_EVENT_STORE: 'esdb://node:2113?tls=false&streamPrefix=acme.',
      WAYBILL_BLOBS: 's3://bucket/some/prefix?endpoint=http://s3:9000&region=eu-1',
      WAYBILL_QUEUE: 'tls://waybill:secret@node,other:4223',
    })
    expect(eventStore).toEqual({ connectionString: 'esdb://node:2113?tls=false', streamPrefix: 'acme.' })
    expect(blobs).toMatchObject({
      kind: 's3',
      bucket: 'bucket',
      prefix: 'some/prefix/',
      region: 'eu-1',
      redirect: false,
    })
    expect(queue).toEqual({
      servers: ['nats://node:4222', 'nats://other:4223'],
      credentials: { user: 'waybill', pass: 'secret' },
      tls: true,
    })
  })

  it.each([
    [{ WAYBILL_EVENT_STORE: 'esdb://node?tsl=false' }, '"tsl" is none of'],
    [{ WAYBILL_BLOBS: 's3://bucket?regoin=x' }, '"regoin" is none of'],
    [{ WAYBILL_QUEUE: 'http://node:4222' }, 'expected nats:// or tls://'],
  ])('are refused with the part that is wrong (%#)', (environment, why) => {
    expect(refusal(environment)).toContain(why)
  })
})

describe('an unknown variable stops the start', () => {
  it('and is told the nearest known one', () => {
    expect(refusal({ WAYBILL_PROT: '8421' })).toBe(
      'WAYBILL_PROT is not a setting of Waybill; did you mean WAYBILL_PORT?',
    )
  })

  it('and is told where it comes from when a cluster put it there', () => {
    expect(refusal({ WAYBILL_SERVICE_HOST: '10.0.0.1' })).toContain('set enableServiceLinks to false')
    expect(refusal({ WAYBILL_PORT: 'tcp://10.0.0.1:8420' })).toContain('set enableServiceLinks to false')
  })
})

it('is documented one line for each setting', () => {
  const lines = configTable().split('\n')
  expect(lines).toHaveLength(settingNames.length + 2)
  expect(lines.find((line) => line.includes('WAYBILL_PORT'))).toContain('`8420`')
})

import { describe, expect, it } from 'vitest'
import { readDatabaseUrl } from './database-url.ts'

describe('a database URL', () => {
  it('is handed to the driver as it is when it names a host', () => {
    const url = 'postgres://waybill:p%40ss@db.example:5433/waybill?sslmode=require'
    expect(readDatabaseUrl(url)).toEqual({ url, overrides: {} })
    expect(readDatabaseUrl('postgresql://db.example/waybill').overrides).toEqual({})
  })

  it.each([
    ['postgres:///waybill?host=/run/postgresql', { host: '/run/postgresql' }],
    ['postgres://me@/waybill?host=/run/postgresql&port=5433', { host: '/run/postgresql', port: 5433 }],
    ['postgres://me@%2Frun%2Fpostgresql/waybill', { host: '/run/postgresql' }],
    [
      'postgres:///waybill?host=/run/postgresql&user=me&password=p',
      { host: '/run/postgresql', user: 'me', password: 'p' },
    ],
  ])('may name a Unix socket as libpq does: %s', (text, overrides) => {
    const address = readDatabaseUrl(text)
    expect(address.overrides).toEqual(overrides)
    expect(new URL(address.url).pathname).toBe('/waybill')
    expect(address.url).not.toContain('run')
  })

  it('may name several hosts, as the driver takes them', () => {
    const url = 'postgres://me@one.example:5432,two.example:5433/waybill'
    expect(readDatabaseUrl(url)).toEqual({ url, overrides: {} })
  })

  it.each(['', 'waybill', 'http://db.example/waybill', 'postgres://host:port/waybill'])('is refused: "%s"', (text) => {
    expect(() => readDatabaseUrl(text)).toThrow('not of the form postgres://user:password@host:port/name')
  })
})

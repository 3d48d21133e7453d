import { describe, expect, it } from 'vitest'
import { readableLine } from './log-lines.ts'
import { createLog, loggedPath, requestId } from './log.ts'

const capture = () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } })
  return { log, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>, lines }
}

describe('the log', () => {
  it('writes one JSON object a line with the level by name and the time in UTC', () => {
    const { log, last } = capture()
    log.info({ repository: 'npm' }, 'published')
    expect(last()).toMatchObject({ level: 'info', repository: 'npm', msg: 'published' })
    expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = capture()
    log.debug('quiet')
    expect(lines).toEqual([])
  })

  it.each([
    { password: 'hush-hush' },
    { token: 'hush-hush' },
    { headers: { authorization: 'Bearer hush-hush', 'set-cookie': ['a=hush-hush'], 'x-nuget-apikey': 'hush-hush' } },
    { upstream: { credentials: { secret: 'hush-hush' } } },
    { tokens: [{ name: 'ci', token: 'hush-hush' }] },
  ])('hides credentials: %j', (fields) => {
    const { log, lines } = capture()
    log.info(fields, 'asked')
    expect(lines.join('')).toContain('[hidden]')
    expect(lines.join('')).not.toContain('hush')
  })

  it('keeps lists as lists, and what it was given unchanged', () => {
    const { log, last } = capture()
    const fields = { list: [{ name: 'ci', token: 'hush' }] }
    log.info(fields, 'asked')
    expect(last()).toMatchObject({ list: [{ name: 'ci', token: '[hidden]' }] })
    expect(fields.list[0]?.token).toBe('hush')
  })

  it('logs a request by method, path, id and address, without headers and query', () => {
    const { log, last } = capture()
    const headers = { authorization: 'Basic aHVzaA==' }
    log.info(
      { req: { method: 'GET', url: '/npm/main/npm/a?token=hush', id: 'r1', ip: '127.0.0.1', headers } },
      'request',
    )
    expect(last().req).toEqual({ id: 'r1', method: 'GET', path: '/npm/main/npm/a', from: '127.0.0.1' })
  })

  it('hides the token in the paths by which npm ends one', () => {
    expect(loggedPath('/npm/main/npm/-/user/token/wbt_abc')).toBe('/npm/main/npm/-/user/token/[hidden]')
    expect(loggedPath('/npm/main/npm/-/npm/v1/tokens/token/wbt_abc')).toBe(
      '/npm/main/npm/-/npm/v1/tokens/token/[hidden]',
    )
  })
})

describe('a request id', () => {
  it("is the client's when it is short and plain", () => {
    expect(requestId('build-17:a.b')).toBe('build-17:a.b')
  })

  it.each([[undefined], [''], ['a b'], ['x'.repeat(65)], ['line\nbreak'], [['a', 'b']]])('is new for %j', (header) => {
    expect(requestId(header)).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('a line for people', () => {
  const line = (entry: object) => readableLine(JSON.stringify(entry))

  it('is time, level, message and fields', () => {
    expect(line({ time: '2026-01-02T03:04:05.678Z', level: 'info', port: 8420, name: 'a b', msg: 'listening' })).toBe(
      '03:04:05.678 \u001b[32mINFO \u001b[0m listening port=8420 name="a b"\n',
    )
  })

  it('prints the stack of an error below it', () => {
    expect(line({ level: 'error', msg: 'failed', err: { stack: 'Error: x\n    at y' } })).toContain(
      'failed\n    Error: x\n    at y\n',
    )
  })

  it('lets no control character through to the terminal', () => {
    const text = line({ level: 'info', msg: 'a\u001b[2Jb', name: 'c\u0007d', more: 'e\u009bf' })
    expect(text.replaceAll(/\u001b\[(32|0)m/g, '')).not.toMatch(/[\u001b\u0007\u009b]/)
  })
})

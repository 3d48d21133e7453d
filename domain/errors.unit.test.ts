import { expect, it } from 'vitest'
import { PlatformError, VersionConflict } from '../platform/platform-error.ts'
import { asRefusal, DomainError, ERRORS } from './errors.ts'

it('gives every code a status, a title and a sentence on what to do next', () => {
  for (const [code, [status, title, next]] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(title).toMatch(/^[A-Z].+[^.]$/)
    expect(next).toMatch(/^[A-Z].+\.$/)
  }
})

it('passes a refusal on as it is', () => {
  const refusal = new DomainError('too-many-attempts', 'Wait.', { retryAfter: 30 })
  expect(asRefusal(refusal)).toBe(refusal)
  expect(refusal).toMatchObject({ code: 'too-many-attempts', retryAfter: 30, message: 'Wait.' })
})

it.each([
  [new PlatformError('unavailable', 'the store is away'), 'unavailable'],
  [new PlatformError('timeout', 'the store is slow'), 'timeout'],
  [new PlatformError('unknown-outcome', 'the answer was lost'), 'unknown-outcome'],
  [new PlatformError('digest-mismatch', 'other bytes came'), 'digest-mismatch'],
  [new VersionConflict('s', 1, 2), 'revision-conflict'],
  [new PlatformError('blob-missing', 'no such blob'), 'withdrawn'],
  [new PlatformError('invalid-append', 'a defect of ours'), 'internal'],
  [new Error('select * from secrets'), 'internal'],
  ['a string', 'internal'],
  [undefined, 'internal'],
  [null, 'internal'],
])('shows %s as %s', (error, code) => {
  const refusal = asRefusal(error)
  expect(refusal.code).toBe(code)
  expect(refusal.cause).toBe(error)
})

it('shows nothing of an error that nobody foresaw, nor the name of a stream', () => {
  expect(asRefusal(new Error('select * from secrets')).message).not.toContain('secrets')
  expect(asRefusal(new VersionConflict('file-abc', 1, 2)).message).not.toContain('file-abc')
})

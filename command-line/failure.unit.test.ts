import { expect, it } from 'vitest'
import { DomainError, ERRORS, type ErrorCode } from '../domain/errors.ts'
import { ConfigError } from '../platform/config/config.ts'
import { PlatformError } from '../platform/platform-error.ts'
import { EXIT, exitCodeLines } from './exit-codes.ts'
import { asFailed, Failure, shownFailure, wrongCall } from './failure.ts'

const codeOf = (error: unknown): number | undefined => shownFailure(error)?.exitCode

it('has an exit code for every refusal', () => {
  const known: number[] = Object.values(EXIT).map(([code]) => code)
  for (const code of Object.keys(ERRORS) as ErrorCode[]) expect(known).toContain(codeOf(new DomainError(code, 'x')))
})

it.each([
  [new DomainError('not-found', 'x'), 3],
  [new DomainError('forbidden', 'x'), 4],
  [new DomainError('already-exists', 'x'), 6],
  [new PlatformError('unavailable', 'x'), 5],
  [new ConfigError('WAYBILL_PORT', 'x'), 1],
  [wrongCall('x'), 2],
  [new Failure('some-code-of-a-newer-server', 'x'), 1],
  [new Failure('unreachable', 'x', { exit: 'unavailable' }), 5],
])('ends a call that met %s', (error, expected) => {
  expect(codeOf(error)).toBe(expected)
})

it('shows nothing of what nobody foresaw', () => {
  expect(shownFailure(new TypeError('x is not a function'))).toBeUndefined()
  expect(shownFailure(Object.assign(new Error('x'), { code: 'ERR_SOMETHING' }))).toBeUndefined()
  expect(shownFailure('x')).toBeUndefined()
})

it('lets a command say that it failed, whatever the layer below would advise', () => {
  expect(() => asFailed(new PlatformError('unavailable', 'the port is taken'))).toThrow(
    expect.objectContaining({ exit: 'failed', message: 'the port is taken' }),
  )
  expect(() => asFailed(wrongCall('x'))).toThrow(expect.objectContaining({ exit: 'usage' }))
  expect(() => asFailed(new TypeError('x'))).toThrow(TypeError)
})

it('has a number for each end, and none twice', () => {
  const codes = Object.values(EXIT).map(([code]) => code)
  expect(new Set(codes).size).toBe(codes.length)
  for (const [code, meaning] of Object.values(EXIT)) expect(exitCodeLines()).toContain(`${code}  ${meaning}`)
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoff, nextTryAt, retryAfter } from './backoff.ts'

const middle = () => 0.5

describe('backoff', () => {
  it('waits longer each time, and then four hours', () => {
    const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map((attempt) => backoff(attempt, middle) / 1000)
    expect(seconds).toEqual([5, 30, 120, 600, 1800, 3600, 7200, 14_400, 14_400, 14_400])
  })

  it('is up to a fifth shorter or longer', () => {
    expect([backoff(1, () => 0), backoff(1, () => 1)]).toEqual([4000, 6000])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (attempt) => {
        const wait = backoff(attempt)
        return wait >= 4000 && wait <= 4.8 * 3_600_000
      }),
    )
  })
})

describe('retryAfter', () => {
  const now = Date.parse('2026-01-02T03:04:05Z')

  it('reads seconds and HTTP dates, a day at most', () => {
    expect(retryAfter('120', now)).toBe(now + 120_000)
    expect(retryAfter('Fri, 02 Jan 2026 03:05:05 GMT', now)).toBe(now + 60_000)
    expect(retryAfter('999999999', now)).toBe(now + 86_400_000)
  })

  it.each([
    undefined,
    '',
    '-5',
    '1.5',
    'soon',
    '0',
    'Thu, 01 Jan 2026 00:00:00 GMT',
    '2027-01-01',
    '99999999999999999999',
  ])('is nothing for %s', (header) => expect(retryAfter(header, now)).toBeUndefined())

  it('only ever puts the next try off', () => {
    expect(nextTryAt(1, now, '1')).toBeGreaterThanOrEqual(now + 4000)
    expect(nextTryAt(1, now, '600')).toBe(now + 600_000)
  })
})

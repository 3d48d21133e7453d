import { describe, expect, it } from 'vitest'
import { TRIED_FOR_MS } from './backoff.ts'
import { verdictOn, type Answer } from './verdict.ts'

const now = Date.parse('2026-01-10T00:00:00Z')
const verdict = (answer: Answer, failing: { since?: number; othersTaken?: boolean; attempt?: number } = {}) =>
  verdictOn(answer, { since: now, othersTaken: false, ...failing }, { attempt: failing.attempt ?? 1, now })

describe('verdictOn', () => {
  it('is done with every 2xx', () => {
    for (const status of [200, 201, 202, 204, 299]) expect(verdict({ status }).verdict).toBe('taken')
  })

  it.each<[string, Answer]>([
    ['the receiver answered 500', { status: 500 }],
    ['the receiver answered 404', { status: 404 }],
    ['the receiver answered 302, and redirects are not followed', { status: 302 }],
    ['it ended the connection', { failure: 'it ended the connection' }],
  ])('tries again after: %s', (reason, answer) => {
    const again = verdict(answer)
    expect(again).toMatchObject({ verdict: 'again', reason })
    expect((again as { at: number }).at - now).toBeGreaterThanOrEqual(4000)
    expect((again as { at: number }).at - now).toBeLessThanOrEqual(6000)
  })

  it('does as the receiver asks for by Retry-After', () => {
    expect(verdict({ status: 429, retryAfter: '3600' })).toMatchObject({ at: now + 3_600_000 })
  })

  it('pauses at once when the receiver is gone', () => {
    expect(verdict({ status: 410 }).verdict).toBe('pause')
  })

  it('gives up one delivery after three days when others were taken, and pauses when none was', () => {
    const since = now - TRIED_FOR_MS
    expect(verdict({ status: 500 }, { since: since + 1 }).verdict).toBe('again')
    expect(verdict({ status: 500 }, { since, othersTaken: true })).toEqual({
      verdict: 'give-up',
      reason: 'for three days: the receiver answered 500',
    })
    expect(verdict({ status: 500 }, { since }).verdict).toBe('pause')
  })
})

import { describe, expect, it } from 'vitest'
import { instantOf, momentOf, positionOf } from './moment.ts'

describe('a moment', () => {
  it('is an instant, in the one form that can be compared as a text', () => {
    expect(momentOf('2026-03-01T12:00:00Z')).toEqual({ kind: 'instant', instant: '2026-03-01T12:00:00.000Z' })
    expect(instantOf('2026-03-01T12:00:00.5Z')).toBe('2026-03-01T12:00:00.500Z')
  })

  it('is a position', () => {
    expect(momentOf('0'.repeat(19) + '7')).toEqual({ kind: 'position', position: '00000000000000000007' })
  })

  it.each(['', 'now', '7', '2026-03-01', '2026-03-01T12:00:00+01:00', '2026-02-30T12:00:00Z', '2026-03-01T25:00:00Z'])(
    'is not %j',
    (text) => {
      expect(() => momentOf(text)).toThrow(expect.objectContaining({ exit: 'usage' }))
      expect(() => positionOf(text)).toThrow(expect.objectContaining({ exit: 'usage' }))
    },
  )
})

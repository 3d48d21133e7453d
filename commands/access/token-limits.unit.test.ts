import { describe, expect, it } from 'vitest'
import { checkedLimits, limitsWithin, type TokenLimits } from './token-limits.ts'

const now = Date.parse('2026-11-24T12:00:00Z')

const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'fine'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('the limits that are asked for a token', () => {
  it('are kept, the expiry with milliseconds', () => {
    const asked: TokenLimits = { expiresAt: '2027-01-31T00:00:00Z', actions: ['read'], cidrs: ['10.0.0.0/8', '::1'] }
    expect(checkedLimits(asked, now)).toEqual({ ...asked, expiresAt: '2027-01-31T00:00:00.000Z' })
    expect(checkedLimits({}, now)).toEqual({})
  })

  it.each([
    '2026-11-24T12:00:00Z',
    '2020-01-01T00:00:00.000Z',
    '2027-02-30T00:00:00Z',
    '2027-13-01T00:00:00Z',
    '2027-01-01T25:00:00Z',
    '2027-01-01T00:00:00+01:00',
    '2027-01-01',
    'soon',
  ])('do not expire at %s', (expiresAt) => {
    expect(codeOf(() => checkedLimits({ expiresAt }, now))).toBe('invalid-input')
  })

  it.each(['10.0.0.0/33', '10.1', '300.1.1.1', 'fd00::/129', 'localhost', '', '10.0.0.0/8/8'])(
    'have no network %s',
    (range) => {
      expect(codeOf(() => checkedLimits({ cidrs: [range] }, now))).toBe('invalid-input')
    },
  )
})

describe('a token that is made with another one', () => {
  const maker: TokenLimits = {
    expiresAt: '2027-01-31T00:00:00.000Z',
    actions: ['read', 'write'],
    scopes: ['main/npm:@acme/*', 'tools'],
    cidrs: ['10.0.0.0/8', 'fd00::/8'],
  }

  it('has the limits of its maker where none are asked', () => {
    expect(limitsWithin({}, maker)).toEqual(maker)
    expect(limitsWithin({}, {})).toEqual({})
    expect(limitsWithin({ actions: ['read'] }, {})).toEqual({ actions: ['read'] })
  })

  it('may have narrower ones', () => {
    const asked: TokenLimits = {
      expiresAt: '2026-12-31T00:00:00.000Z',
      actions: ['read'],
      scopes: ['main/npm:@acme/web-*', 'tools/generic'],
      cidrs: ['10.20.0.0/16', 'fd00::1'],
    }
    expect(limitsWithin(asked, maker)).toEqual(asked)
  })

  it.each<TokenLimits>([
    { expiresAt: '2027-01-31T00:00:00.001Z' },
    { actions: ['read', 'delete'] },
    { scopes: ['main/npm'] },
    { scopes: ['tools', 'system'] },
    { cidrs: ['10.0.0.0/7'] },
    { cidrs: ['10.0.0.1', '192.0.2.1'] },
    { cidrs: ['::/0'] },
  ])('may not exceed them: %j', (asked) => {
    expect(codeOf(() => limitsWithin(asked, maker))).toBe('forbidden')
  })
})

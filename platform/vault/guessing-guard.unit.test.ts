import { describe, expect, it } from 'vitest'
import { guessingGuard, type Attempt } from './guessing-guard.ts'

const setUp = () => {
  const clock = { time: 1_700_000_000_000, now: () => clock.time }
  const guard = guessingGuard(clock)
  const begin = (login: string, address?: string): Attempt => {
    const attempt = guard.begin(login, address)
    if ('wait' in attempt) throw new Error(`has to wait ${attempt.wait} s`)
    return attempt
  }
  const waitOf = (login: string, address?: string): number => {
    const attempt = guard.begin(login, address)
    if ('wait' in attempt) return attempt.wait
    attempt.withdrawn()
    return 0
  }
  const fail = (times: number, login: string, address?: string): void => {
    for (let failed = 0; failed < times; failed++) begin(login, address)
  }
  return { clock, begin, waitOf, fail }
}

describe('guessing at one account', () => {
  it('is free five times, then takes twice as long each time, up to five minutes', () => {
    const { clock, begin, waitOf, fail } = setUp()
    fail(5, 'ada', '192.0.2.1')
    const waits: number[] = []
    for (let more = 0; more < 11; more++) {
      const wait = waitOf('ada', `198.51.100.${more}`)
      waits.push(wait)
      clock.time += wait * 1000
      begin('ada', `198.51.100.${more}`)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  })

  it('is counted also while the attempts are under way', () => {
    const { begin } = setUp()
    const attempts = Array.from({ length: 5 }, () => begin('ada', '192.0.2.1'))
    expect(() => begin('ada', '192.0.2.2')).toThrow('wait 1 s')
    for (const attempt of attempts) attempt.withdrawn()
    begin('ada', '192.0.2.2')
  })

  it('does not grow while nothing is compared', () => {
    const { clock, waitOf, fail } = setUp()
    fail(5, 'ada')
    for (let more = 0; more < 50; more++) expect(waitOf('ada')).toBe(1)
    clock.time += 1000
    expect(waitOf('ada')).toBe(0)
  })

  it('is forgiven by a right password and forgotten after an hour', () => {
    const { clock, begin, waitOf, fail } = setUp()
    fail(4, 'ada', '192.0.2.1')
    begin('ada', '192.0.2.1').succeeded()
    expect(waitOf('ada', '192.0.2.1')).toBe(0)
    fail(5, 'bob', '192.0.2.1')
    expect(waitOf('bob', '192.0.2.1')).toBe(1)
    clock.time += 3_600_001
    fail(5, 'bob', '192.0.2.1')
  })

  it('does not lock out somebody at an address from which they signed in before', () => {
    const { begin, waitOf, fail } = setUp()
    begin('ada', '192.0.2.1').succeeded()
    fail(5, 'ada', '203.0.113.9')
    expect(waitOf('ada', '203.0.113.9')).toBe(1)
    expect(waitOf('ada', '198.51.100.7')).toBe(1)
    expect(waitOf('ada', '192.0.2.1')).toBe(0)
    fail(5, 'ada', '192.0.2.1')
    expect(waitOf('ada', '192.0.2.1')).toBe(1)
  })
})

describe('guessing from one address', () => {
  it('at many accounts is free fifty times, then slows down, up to a minute', () => {
    const { clock, begin, waitOf } = setUp()
    for (let account = 0; account < 50; account++) begin(`user${account}`, '192.0.2.1')
    expect(waitOf('another', '192.0.2.1')).toBe(1)
    expect(waitOf('another', '192.0.2.2')).toBe(0)
    for (let more = 0; more < 8; more++) {
      clock.time += 60_000
      begin(`more${more}`, '192.0.2.1')
    }
    expect(waitOf('another', '192.0.2.1')).toBe(60)
  })

  it('is not bought free with an account of one’s own', () => {
    const { begin, waitOf } = setUp()
    for (let account = 0; account < 50; account++) {
      begin('mallory', '192.0.2.1').succeeded()
      begin(`user${account}`, '192.0.2.1')
    }
    expect(waitOf('another', '192.0.2.1')).toBe(1)
  })

  it('takes a whole IPv6 /64 as one, and IPv4 written as IPv6 as IPv4', () => {
    const { begin, waitOf } = setUp()
    for (let account = 0; account < 50; account++) begin(`user${account}`, `2001:db8:1:2::${account.toString(16)}`)
    expect(waitOf('another', '2001:db8:1:2:ffff::1')).toBe(1)
    expect(waitOf('another', '2001:db8:1:3::1')).toBe(0)
    for (let account = 0; account < 50; account++) begin(`user${account}x`, '::ffff:192.0.2.9')
    expect(waitOf('another', '192.0.2.9')).toBe(1)
  })
})

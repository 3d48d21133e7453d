import { describe, expect, it } from 'vitest'
import { dueAt, nextTime } from './due.ts'

const at = (text: string): number => Date.parse(`2026-03-01T${text}Z`)
const HOURLY = '17 * * * *'

describe('a task', () => {
  it('is due at the times of its schedule, in UTC', () => {
    expect(nextTime(HOURLY, at('10:00:00'))).toBe(at('10:17:00'))
    expect(nextTime(HOURLY, at('10:17:00'))).toBe(at('11:17:00'))
    expect(nextTime('40 3 * * *', at('03:40:00'))).toBe(Date.parse('2026-03-02T03:40:00Z'))
  })

  it('that was never done is due at its first time from now on', () => {
    const never = { beganAt: undefined, endedAt: undefined, failures: 0 }
    expect(dueAt(HOURLY, never, at('10:30:00'))).toBe(at('11:17:00'))
  })

  it('that nobody did for a while is due once, and at once', () => {
    const long = { beganAt: at('01:17:00'), endedAt: at('01:17:05'), failures: 0 }
    expect(dueAt(HOURLY, long, at('10:30:00'))).toBeLessThan(at('10:30:00'))
    const done = { beganAt: at('10:30:00'), endedAt: at('10:30:05'), failures: 0 }
    expect(dueAt(HOURLY, done, at('10:30:05'))).toBe(at('11:17:00'))
  })

  it('that failed is tried again later and later, but not after its next time', () => {
    const failed = (failures: number) => ({ beganAt: at('10:17:00'), endedAt: at('10:17:30'), failures })
    const due = (failures: number): number => dueAt(HOURLY, failed(failures), at('10:18:00'))
    expect([1, 2, 3].map(due)).toEqual([at('10:18:30'), at('10:19:30'), at('10:21:30')])
    expect(due(10)).toBe(at('11:17:00'))
  })

  it('whose process died in the middle of it waits for the next time', () => {
    const cut = { beganAt: at('10:17:00'), endedAt: undefined, failures: 0 }
    expect(dueAt(HOURLY, cut, at('10:18:00'))).toBe(at('11:17:00'))
  })
})

it('says which schedule is none', () => expect(() => nextTime('every day', 0)).toThrow('every day'))

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newHeap } from './heap.ts'
import { newLine } from './line.ts'
import type { QueuedJob } from './queued-job.ts'
import { newSchedule, type Schedule } from './schedule.ts'

const job = (id: string, more: Partial<QueuedJob> = {}): QueuedJob => ({
  ...{ id, kind: 'test', key: undefined, priority: 'normal', publishedAt: 0, data: '{}' },
  ...more,
})

const drain = (schedule: Schedule, now = 0): string[] => {
  const ids: string[] = []
  for (let entry = schedule.next(now); entry !== undefined; entry = schedule.next(now)) ids.push(entry.job.id)
  return ids
}

describe('a schedule', () => {
  it('gives the more urgent first, and those alike in the order in which they came', () => {
    const schedule = newSchedule()
    for (const [id, priority] of [
      ['a', 'low'],
      ['b', 'normal'],
      ['c', 'high'],
      ['d', 'normal'],
      ['e', 'high'],
    ] as const)
      schedule.add(job(id, { priority }), 0, 0, 0)
    expect(drain(schedule)).toEqual(['c', 'e', 'b', 'd', 'a'])
  })

  it('gives one of a key at a time, however urgent those behind it are', () => {
    const schedule = newSchedule()
    schedule.add(job('a', { key: 'k', priority: 'low' }), 0, 0, 0)
    schedule.add(job('b', { key: 'k', priority: 'high' }), 0, 0, 0)
    const first = schedule.next(0)
    expect(first?.job.id).toBe('a')
    expect(schedule.next(0)).toBeUndefined()
    expect(schedule.counts).toEqual({ ready: 1, running: 1, delayed: 0 })
    if (first !== undefined) schedule.remove(first, 0)
    expect(drain(schedule)).toEqual(['b'])
  })

  it('holds a key back while its first waits for its next try, and no other', () => {
    const schedule = newSchedule()
    for (const [id, key] of [
      ['a', 'k'],
      ['b', 'k'],
      ['c', 'other'],
    ] as const)
      schedule.add(job(id, { key }), 0, 0, 0)
    const first = schedule.next(0)
    if (first !== undefined) schedule.again(first, 100, true, 0)
    expect(drain(schedule)).toEqual(['c'])
    expect(schedule.due).toBe(100)
    const again = schedule.next(100)
    expect([again?.job.id, again?.attempts]).toEqual(['a', 2])
  })

  it('does not count a try that is given back', () => {
    const schedule = newSchedule()
    schedule.add(job('a'), 0, 3, 0)
    const first = schedule.next(0)
    expect(first?.attempts).toBe(4)
    if (first !== undefined) schedule.again(first, 0, false, 0)
    expect(schedule.next(0)?.attempts).toBe(4)
  })

  it('takes out what waits behind another, without giving it a turn', () => {
    const schedule = newSchedule()
    for (const id of ['a', 'b', 'c']) schedule.add(job(id, { key: 'k' }), 0, 0, 0)
    const behind = schedule.find('b')
    if (behind !== undefined) schedule.remove(behind, 0)
    const first = schedule.next(0)
    if (first !== undefined) schedule.remove(first, 0)
    expect(drain(schedule)).toEqual(['c'])
  })

  it('leaves one alone that came after the one of the same id that is taken out', () => {
    const schedule = newSchedule()
    schedule.add(job('a'), 0, 0, 0)
    const old = schedule.next(0)
    if (old !== undefined) schedule.remove(old, 0)
    schedule.add(job('a'), 0, 0, 0)
    if (old !== undefined) schedule.remove(old, 0)
    expect(drain(schedule)).toEqual(['a'])
  })

  it('costs for the last of 200,000 what it costs for the first', () => {
    const schedule = newSchedule()
    const fill = (from: number, to: number): number => {
      const begun = performance.now()
      for (let n = from; n < to; n++) schedule.add(job(`${n}`, { key: `k${n % 1000}` }), n % 2 ? 1000 + n : 0, 0, 0)
      for (let n = 0; n < 500; n++) {
        const entry = schedule.next(0)
        if (entry !== undefined) schedule.again(entry, 0, true, 0)
      }
      return performance.now() - begun
    }
    const first = fill(0, 20_000)
    for (let n = 1; n < 9; n++) fill(n * 20_000, (n + 1) * 20_000)
    const last = fill(180_000, 200_000)
    expect(last).toBeLessThan(10 * first + 100)
    expect(schedule.counts.ready + schedule.counts.delayed).toBe(200_000)
  })

  it('keeps to these rules whatever is done to it', () => {
    const step = fc.record({
      what: fc.constantFrom('add', 'next', 'done', 'again', 'cancel', 'later'),
      id: fc.nat(30),
      key: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
      wait: fc.nat(5),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const schedule = newSchedule()
        const queued = new Map<string, { key: string | undefined; notBefore: number; running: boolean }>()
        let now = 0
        for (const { what, id: number, key, wait } of steps) {
          const id = `${number}`
          const known = queued.get(id)
          const entry = schedule.find(id)
          if (what === 'add') {
            expect(schedule.add(job(id, { key }), now + wait, 0, now)).toBe(known === undefined)
            if (known === undefined) queued.set(id, { key, notBefore: now + wait, running: false })
          } else if (what === 'later') now += wait
          else if (what === 'next') {
            const firsts = new Set<string>()
            const may = [...queued].filter(([, { key: of, notBefore, running }]) => {
              const isFirst = of === undefined || !firsts.has(of)
              if (of !== undefined) firsts.add(of)
              return isFirst && !running && notBefore <= now
            })
            const next = schedule.next(now)
            expect(may.map(([one]) => one).includes(next?.job.id ?? '')).toBe(may.length > 0)
            const begun = queued.get(next?.job.id ?? '')
            if (begun !== undefined) begun.running = true
          } else if (entry !== undefined && known !== undefined) {
            if (what === 'again' && known.running) {
              schedule.again(entry, now + wait, true, now)
              Object.assign(known, { running: false, notBefore: now + wait })
            } else if (what === 'cancel' || known.running) {
              schedule.remove(entry, now)
              queued.delete(id)
            }
          }
          const running = [...queued.values()].filter((one) => one.running).length
          expect(schedule.counts.running).toBe(running)
          expect(schedule.counts.ready + schedule.counts.delayed).toBe(queued.size - running)
        }
      }),
      { numRuns: 300 },
    )
  })
})

it('a heap gives its items in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = newHeap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      expect(numbers.map(() => heap.take())).toEqual(numbers.toSorted((a, b) => a - b))
      expect([heap.take(), heap.size]).toEqual([undefined, 0])
    }),
  )
})

it('a line gives its items in the order in which they came', () => {
  const line = newLine<number>()
  const taken: (number | undefined)[] = []
  for (let n = 0; n < 500; n++) {
    line.push(n)
    if (n % 3 === 0) taken.push(line.take())
  }
  while (line.first !== undefined) taken.push(line.take())
  expect(taken).toEqual(Array.from({ length: 500 }, (_, n) => n))
})

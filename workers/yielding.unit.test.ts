import { afterEach, expect, it, vi } from 'vitest'
import { BURST_MS, FLOOR, newYielding, nextPace, type Yielding } from './yielding.ts'

const patience = { renewMs: 60_000, renew: () => Promise.resolve() }
/** From as many events. */
const following = (jobs: number) => ({ jobs, events: jobs })
const yieldings: Yielding[] = []
afterEach(() => {
  for (const yielding of yieldings.splice(0)) yielding.stop()
  vi.useRealTimers()
})

it('lets half as many begin while the loop is busy with requests, but a few more than these, and all when it is not', () => {
  const seen = { begun: 64, utilization: 0.9, requests: 10, owed: 50, yieldedMs: 0, jobsForAnEvent: 1 }
  expect(nextPace(Infinity, seen)).toBe(32)
  expect(nextPace(32, { ...seen, begun: 32 })).toBe(16)
  expect(nextPace(32, { ...seen, utilization: 0.6 })).toBe(32)
  expect(nextPace(32, { ...seen, utilization: 0.3 })).toBe(Infinity)
  expect(nextPace(16, { ...seen, begun: 16, utilization: 1 })).toBe(13)
  expect(nextPace(5, { ...seen, begun: 5, requests: 1 })).toBe(FLOOR)
  expect(nextPace(32, { ...seen, requests: 0 })).toBe(Infinity)
})

it('goes down to the floor at once in a burst from which more follows than there is room for', () => {
  const burst = { yieldedMs: BURST_MS - 1, jobsForAnEvent: 10, owed: 14 }
  const seen = { begun: FLOOR, utilization: 1, requests: 10, ...burst }
  expect(nextPace(Infinity, { ...seen, begun: 64 })).toBe(FLOOR)
  expect(nextPace(FLOOR, { ...seen, jobsForAnEvent: 1 })).toBe(13)
  expect(nextPace(FLOOR, { ...seen, owed: 13 })).toBe(13)
  expect(nextPace(FLOOR, { ...seen, yieldedMs: BURST_MS })).toBe(13)
})

it('counts how long requests have come first and what followed from them, from new after each pause', async () => {
  vi.useFakeTimers()
  let requests = 0
  let utilization = 1
  const yielding = newYielding({ requests: () => requests, utilization: () => utilization, windowMs: 100 })
  yieldings.push(yielding)
  const { signal } = new AbortController()
  const pass = async (windows: number, jobsForAnEvent: number): Promise<void> => {
    for (let n = 0; n < windows; n++) {
      requests += 100
      void yielding.wanted({ jobs: 100 * jobsForAnEvent, events: 100 }, signal)
      await vi.advanceTimersByTimeAsync(100)
    }
  }
  const pause = async (): Promise<void> => {
    utilization = 0.1
    await pass(1, 0)
    expect(yielding.pace).toBe(Infinity)
    utilization = 1
  }
  await pass(2, 10)
  expect(yielding.pace).toBe(FLOOR)
  await pass(BURST_MS / 100 - 2, 10)
  expect(yielding.pace).toBe(FLOOR)
  await pass(1, 10)
  expect(yielding.pace).toBe(125)
  await pause()
  await pass(2, 10)
  expect(yielding.pace).toBe(FLOOR)
  await pause()
  await pass(2, 1)
  expect(yielding.pace).toBe(125)
})

it('goes down to the floor and lets everybody begin when requests end', async () => {
  vi.useFakeTimers()
  let requests = 0
  let utilization = 0.95
  const yielding = newYielding({ requests: () => requests, utilization: () => utilization, windowMs: 10 })
  yieldings.push(yielding)
  requests += 2
  vi.advanceTimersByTime(10)
  expect(yielding.pace).toBe(FLOOR)
  let begun = 0
  const turns = Array.from({ length: 20 }, () => yielding.turn(patience).then(() => (begun += 1)))
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toBe(FLOOR)
  requests += 2
  await vi.advanceTimersByTimeAsync(10)
  expect(begun).toBe(2 * FLOOR)
  utilization = 0.1
  await vi.advanceTimersByTimeAsync(10)
  await Promise.all(turns)
  expect(begun).toBe(20)
})

it('keeps the lease of whoever waits, and lets go of one that lost it', async () => {
  vi.useFakeTimers()
  let requests = 0
  const yielding = newYielding({ requests: () => requests++, utilization: () => 1, windowMs: 1000 })
  yieldings.push(yielding)
  await vi.advanceTimersByTimeAsync(1000)
  for (let at = 0; at < FLOOR; at += 1) await yielding.turn(patience)
  let renewals = 0
  const refused = expect(
    yielding.turn({
      renewMs: 100,
      renew: () => (++renewals < 3 ? Promise.resolve() : Promise.reject(new Error('the lease is lost'))),
    }),
  ).rejects.toThrow('the lease is lost')
  await vi.advanceTimersByTimeAsync(350)
  await refused
  expect(renewals).toBe(3)
})

it("holds back what wants jobs until all but some windows' worth may have begun, for 5 s, and while requests come", async () => {
  vi.useFakeTimers()
  let requests = 0
  let utilization = 0.95
  const yielding = newYielding({ requests: () => requests++, utilization: () => utilization, windowMs: 10 })
  yieldings.push(yielding)
  const { signal } = new AbortController()
  await yielding.wanted(following(1_000_000), signal) // nobody is in the way
  await vi.advanceTimersByTimeAsync(10)
  expect(yielding.pace).toBe(FLOOR)
  const held = (jobs: number, until = signal): { over: boolean } => {
    const one = { over: false }
    void yielding.wanted(following(jobs), until).then(() => (one.over = true))
    return one
  }
  await yielding.wanted(following(FLOOR * 4), signal) // some windows ahead
  const some = held(FLOOR * 2)
  await vi.advanceTimersByTimeAsync(19)
  expect(some.over).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(some.over).toBe(true)
  const many = held(1_000_000)
  await vi.advanceTimersByTimeAsync(4999)
  expect(many.over).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(many.over).toBe(true)
  const ending = new AbortController()
  const aborted = held(1, ending.signal)
  ending.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(aborted.over).toBe(true)
  const quiet = held(1)
  utilization = 0.1
  await vi.advanceTimersByTimeAsync(20)
  expect(quiet.over).toBe(true)
})

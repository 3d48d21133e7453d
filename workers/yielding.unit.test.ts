import { afterEach, expect, it, vi } from 'vitest'
import { FLOOR, newYielding, nextPlaces, type Yielding } from './yielding.ts'

const patience = { renewMs: 60_000, renew: () => Promise.resolve() }
const yieldings: Yielding[] = []
afterEach(() => {
  for (const yielding of yieldings.splice(0)) yielding.stop()
  vi.useRealTimers()
})

it('gives half as many places while the loop is busy with requests, and all of them at once when it is not', () => {
  expect(nextPlaces(16, 16, { utilization: 0.9, requests: 10 })).toBe(8)
  expect(nextPlaces(8, 16, { utilization: 0.6, requests: 10 })).toBe(8)
  expect(nextPlaces(8, 16, { utilization: 0.3, requests: 10 })).toBe(16)
  expect(nextPlaces(1, 16, { utilization: 1, requests: 10 })).toBe(FLOOR)
  expect(nextPlaces(8, 16, { utilization: 1, requests: 0 })).toBe(16)
})

it('goes down to the floor and lets everybody in when requests end', async () => {
  vi.useFakeTimers()
  let requests = 0
  let utilization = 0.95
  const yielding = newYielding({ most: 8, requests: () => requests, utilization: () => utilization, windowMs: 10 })
  yieldings.push(yielding)
  for (let window = 0; window < 4; window++) {
    requests += 5
    vi.advanceTimersByTime(10)
  }
  expect(yielding.places).toBe(1)
  const ends: (() => void)[] = []
  const works = Array.from({ length: 4 }, () =>
    yielding.run(() => new Promise<void>((resolve) => ends.push(resolve)), patience),
  )
  await Promise.resolve()
  expect(yielding.running).toBe(1)
  utilization = 0.1
  vi.advanceTimersByTime(10)
  await vi.waitFor(() => expect(ends).toHaveLength(4))
  for (const end of ends) end()
  await Promise.all(works)
  expect(yielding.running).toBe(0)
})

it('keeps the lease of whoever waits, and lets go of one that lost it', async () => {
  vi.useFakeTimers()
  let requests = 0
  const yielding = newYielding({ most: 1, requests: () => requests++, utilization: () => 1, windowMs: 1000 })
  yieldings.push(yielding)
  let end = (): void => undefined
  const first = yielding.run(() => new Promise<void>((resolve) => (end = resolve)), patience)
  let renewals = 0
  const second = yielding.run(() => Promise.resolve(), {
    renewMs: 100,
    renew: () => (++renewals < 3 ? Promise.resolve() : Promise.reject(new Error('the lease is lost'))),
  })
  const refused = expect(second).rejects.toThrow('the lease is lost')
  await vi.advanceTimersByTimeAsync(350)
  await refused
  expect(renewals).toBe(3)
  end()
  await first
})

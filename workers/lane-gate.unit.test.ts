import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { newLaneGate, type LaneGate, type Pass } from './lane-gate.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const opened = (): LaneGate => newLaneGate({ now: () => Date.now(), random: () => 0.5 })
const stays = () => Promise.resolve()

/** What each of so many that ask got by now: a pass, an instant, or nothing yet. */
const ask = async (gate: LaneGate, lane: string, count: number) => {
  const passes: Pass[] = []
  const instants: number[] = []
  for (let at = 0; at < count; at += 1)
    void gate.enter(lane, stays).then((got) => (typeof got === 'number' ? instants.push(got) : passes.push(got)))
  await vi.advanceTimersByTimeAsync(0)
  return { passes, instants }
}

/** Tries, one after another, that take so long. */
const tries = async (gate: LaneGate, lane: string, count: number, ms: number, ended: 'well' | 'badly') => {
  for (let at = 0; at < count; at += 1) {
    const { passes } = await ask(gate, lane, 1)
    passes[0]?.begin()
    await vi.advanceTimersByTimeAsync(ms)
    passes[0]?.leave(ended)
  }
}

it('gives a lane that is not known two places, and one more for every try that is quick, up to 16', async () => {
  const gate = opened()
  const { passes } = await ask(gate, 'a', 3)
  expect(passes).toHaveLength(2)
  passes[0]?.begin()
  passes[0]?.leave('well')
  await vi.advanceTimersByTimeAsync(0)
  expect(passes).toHaveLength(3)
  for (const pass of passes.slice(1)) pass.leave('well')
  await tries(gate, 'a', 20, 5, 'well')
  expect((await ask(gate, 'a', 256)).passes).toHaveLength(16)
})

it('lets those of a quick lane wait, and sends most of an unknown one away for a moment', async () => {
  const gate = opened()
  const unknown = await ask(gate, 'unknown', 256)
  expect([unknown.passes.length, unknown.instants.length]).toEqual([2, 256 - 2 - 4])
  expect(unknown.instants[0]).toBe(Date.now() + 75)
  await tries(gate, 'quick', 20, 5, 'badly')
  const { passes, instants } = await ask(gate, 'quick', 256)
  expect(instants).toEqual([])
  for (let at = 0; at < 256; at += 1) {
    passes[at]?.begin()
    passes[at]?.leave('well')
    await vi.advanceTimersByTimeAsync(0)
  }
  expect(passes).toHaveLength(256)
})

it('sends all away for some seconds as soon as a try is slow, and leaves one place, or four where it ended well', async () => {
  const gate = opened()
  await tries(gate, 'a', 20, 5, 'well')
  const { passes, instants } = await ask(gate, 'a', 100)
  for (const pass of passes) pass.begin()
  await vi.advanceTimersByTimeAsync(2000)
  expect(instants).toHaveLength(84)
  expect(instants[0]).toBeGreaterThan(Date.now() + 5000)
  for (const pass of passes.splice(0)) pass.leave('badly')
  const failing = await ask(gate, 'a', 10)
  expect(failing.passes).toHaveLength(1)
  failing.passes[0]?.begin()
  await vi.advanceTimersByTimeAsync(1500)
  failing.passes[0]?.leave('well')
  const slow = await ask(gate, 'a', 10)
  expect(slow.passes).toHaveLength(4)
  for (const pass of slow.passes) {
    pass.begin()
    pass.leave('well')
  }
  expect((await ask(gate, 'a', 10)).passes.length).toBeGreaterThan(4)
})

it('does not hold against a lane what came before its tries', async () => {
  const gate = opened()
  const { passes } = await ask(gate, 'a', 4)
  await vi.advanceTimersByTimeAsync(5000)
  for (const pass of [...passes]) {
    pass.begin()
    pass.leave('well')
  }
  await vi.advanceTimersByTimeAsync(0)
  expect(passes).toHaveLength(4)
})

it('leaves most of a thousand places to the others while a hundred lanes do nothing but hang', async () => {
  const gate = opened()
  let held = 0
  for (let lane = 0; lane < 100; lane += 1) {
    const { instants } = await ask(gate, `dead ${lane}`, 256)
    held += 256 - instants.length
  }
  expect(held).toBe(600)
})

it('asks whoever waits for long whether it is still there', async () => {
  const gate = opened()
  await ask(gate, 'a', 2)
  const gone = expect(gate.enter('a', () => Promise.reject(new Error('the lease is lost')))).rejects.toThrow('lost')
  await vi.advanceTimersByTimeAsync(2000)
  await gone
})

import { expect, it } from 'vitest'
import { newLaneGate } from './lane-gate.ts'

const CONCURRENCY = 64
const opened = (start = 1_000_000) => {
  const clock = { now: start }
  return { clock, gate: newLaneGate({ concurrency: CONCURRENCY, now: () => clock.now, random: () => 0.5 }) }
}

it('gives a lane its share of the places, and the rest to others', () => {
  const { gate, clock } = opened()
  const begun = Array.from({ length: 10 }, () => gate.enter('a')).filter((instant) => instant === undefined)
  expect(begun.length).toBe(4)
  expect(gate.enter('a')).toBeGreaterThan(clock.now)
  expect(gate.enter('b')).toBeUndefined()
  gate.left('a', 'well')
  expect(gate.enter('a')).toBeUndefined()
})

it('always has a place for a lane, however few there are in all', () => {
  const gate = newLaneGate({ concurrency: 1, now: () => 0 })
  expect(gate.enter('a')).toBeUndefined()
  expect(gate.enter('b')).toBeUndefined()
})

it('leaves most places to the others while ten lanes do nothing but take long and fail', () => {
  const { gate } = opened()
  let taken = 0
  for (let lane = 0; lane < 10; lane++)
    for (let job = 0; job < 256; job++) if (gate.enter(`dead ${lane}`) === undefined) taken += 1
  expect(taken).toBeLessThan(CONCURRENCY)
})

it('lets one job in a while find out whether a lane that failed three times in a row gets on again', () => {
  const { gate, clock } = opened()
  for (let tried = 0; tried < 3; tried++) {
    expect(gate.enter('dead')).toBeUndefined()
    gate.left('dead', 'badly')
  }
  const rested = gate.enter('dead') ?? 0
  expect(rested).toBeGreaterThan(clock.now + 10_000)
  clock.now = rested
  expect(gate.enter('dead')).toBeUndefined()
  expect(gate.enter('dead')).toBeGreaterThan(clock.now)
  gate.left('dead', 'well')
  expect(Array.from({ length: 4 }, () => gate.enter('dead'))).toEqual([undefined, undefined, undefined, undefined])
})

it('does not make a lane rest for a job that fails among others that do not', () => {
  const { gate } = opened()
  for (let tried = 0; tried < 20; tried++) {
    expect(gate.enter('a')).toBeUndefined()
    gate.left('a', tried % 2 === 0 ? 'badly' : 'well')
  }
})

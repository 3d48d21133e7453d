import { expect, it } from 'vitest'
import { newBell } from './bell.ts'

const never = new AbortController().signal

it('wakes everyone who waits', async () => {
  const bell = newBell()
  const waits = [bell.wait(bell.rings, 60_000, never), bell.wait(bell.rings, 60_000, never)]
  bell.ring()
  await Promise.all(waits)
})

it('does not wait when it rang since it was last looked at', async () => {
  const bell = newBell()
  const heard = bell.rings
  bell.ring()
  await bell.wait(heard, 60_000, never)
})

it('wakes by itself after the time', async () => {
  const bell = newBell()
  const start = performance.now()
  await bell.wait(bell.rings, 20, never)
  expect(performance.now() - start).toBeGreaterThan(15)
})

it('wakes when the waiting is aborted, before or meanwhile', async () => {
  const bell = newBell()
  const stop = new AbortController()
  const waiting = bell.wait(bell.rings, 60_000, stop.signal)
  stop.abort()
  await waiting
  await bell.wait(bell.rings, 60_000, stop.signal)
})

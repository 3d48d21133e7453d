import { expect, it } from 'vitest'
import type { Position } from '../platform/event-store/event-store.ts'
import { openOwnWrites, type OwnWritesOptions } from './own-writes.ts'
import { LocalProgress } from './read-models.ts'

const at = (position: number): Position => String(position).padStart(20, '0')

const opened = (options: Partial<OwnWritesOptions> = {}) => {
  const progress = new LocalProgress(at(0))
  const tail = { reached: () => Promise.resolve(true) }
  return {
    progress,
    writes: openOwnWrites({ tail, progress, readsAlone: () => true, others: () => false, ...options }),
  }
}

/** Whether it has come to its end by the next turn of the event loop. */
const isOver = async (promise: Promise<void>): Promise<boolean> => {
  let over = false
  void promise.then(() => (over = true))
  await new Promise((resolve) => setImmediate(resolve))
  return over
}

it('lets readers wait for what was answered early', async () => {
  const { writes, progress } = opened()
  expect(await isOver(writes.caughtUp())).toBe(true)
  await writes.settled(at(2), { early: true })
  await writes.settled(at(1), { early: true })
  progress.advance(at(1))
  const reading = writes.caughtUp()
  expect(await isOver(reading)).toBe(false)
  progress.advance(at(2))
  await reading
  expect(await isOver(writes.caughtUp())).toBe(true)
})

it.each([
  ['an answer that shows read models', {}, undefined],
  ['an early one where others read too', { readsAlone: () => false }, { early: true }],
])('lets %s wait for them', async (_, options, early) => {
  const { writes, progress } = opened(options)
  const settling = writes.settled(at(1), early)
  expect(await isOver(settling)).toBe(false)
  progress.advance(at(1))
  await settling
})

it('answers nothing before the tail of the log has delivered it', async () => {
  const delivered = Promise.withResolvers<boolean>()
  const { writes } = opened({ tail: { reached: () => delivered.promise } })
  const settling = writes.settled(at(1), { early: true })
  expect(await isOver(settling)).toBe(false)
  delivered.resolve(true)
  await settling
})

it('waits for the bound within which others serve from memory', async () => {
  const { writes } = opened({ others: () => true })
  const began = performance.now()
  await writes.settled(at(1), { early: true })
  expect(performance.now() - began).toBeGreaterThan(95)
})

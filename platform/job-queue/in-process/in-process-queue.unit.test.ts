import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { movedTimers } from '../../../test/job-queue/moved-timers.ts'
import { quietLog } from '../../../test/postgres.ts'
import type { WorkPolicy } from '../job-queue.ts'
import { openInProcessQueue } from './in-process-queue.ts'

const HOUR = 3_600_000

const policy: WorkPolicy = { concurrency: 4, leaseMs: 10_000, attempts: 100, backoff: () => 4 * HOUR }

it('goes through three days of tries as fast as its clock is moved', async () => {
  const timers = movedTimers()
  const queue = openInProcessQueue({ clock: timers.clock, log: quietLog, timers })
  const start = timers.clock.now()
  const tries: number[] = []
  queue.work('slow', policy, () => {
    tries.push(timers.clock.now() - start)
    return Promise.resolve({ outcome: 'failed', reason: 'nobody answers' })
  })
  await queue.publish([{ id: randomUUID(), kind: 'slow', data: 1 }])
  await timers.tick(72 * HOUR)
  expect(tries).toEqual(Array.from({ length: 19 }, (_, turn) => turn * 4 * HOUR))
  await queue.close()
})

it('gives a job out again when its lease is over by the clock', async () => {
  const timers = movedTimers()
  const queue = openInProcessQueue({ clock: timers.clock, log: quietLog, timers })
  const attempts: number[] = []
  queue.work('stuck', policy, ({ attempt, signal }) => {
    attempts.push(attempt)
    if (attempt === 2) return Promise.resolve({ outcome: 'done' })
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ outcome: 'done' })))
  })
  await queue.publish([{ id: randomUUID(), kind: 'stuck', data: 1 }])
  await timers.tick(9_999)
  expect(attempts).toEqual([1])
  await timers.tick(1)
  expect(attempts).toEqual([1, 2])
  await queue.close()
})

it('is another generation with each opening', async () => {
  const timers = movedTimers()
  const [first, second] = [0, 1].map(() => openInProcessQueue({ clock: timers.clock, log: quietLog, timers }))
  expect(first?.generation).not.toBe(second?.generation)
  await Promise.all([first?.close(), second?.close()])
})

it('takes 100,000 jobs of which most wait', { timeout: 30_000 }, async () => {
  const timers = movedTimers()
  const queue = openInProcessQueue({ clock: timers.clock, log: quietLog, timers })
  let done = 0
  queue.work('many', { ...policy, concurrency: 16 }, () => {
    done += 1
    return Promise.resolve({ outcome: 'done' })
  })
  const jobs = Array.from({ length: 100_000 }, (_, data) => ({
    ...{ id: randomUUID(), kind: 'many', data, key: `k${data % 1_000}` },
    notBefore: timers.clock.now() + 1 + (data % 50),
  }))
  await queue.publish(jobs)
  expect(await queue.counts('many')).toMatchObject({ delayed: 1_000, ready: 99_000 })
  await timers.tick(100)
  await expect.poll(() => done, { timeout: 20_000 }).toBe(100_000)
  await queue.close()
})

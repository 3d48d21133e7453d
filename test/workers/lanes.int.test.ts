import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { newId } from '../../platform/ids.ts'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import type { Job } from '../../platform/job-queue/job-queue.ts'
import type { Work } from '../../workers/work.ts'
import { silent } from '../core.ts'
import {
  openTestLog,
  pendingIn,
  quick,
  simpleLeases,
  startNode,
  until,
  workOf,
  type Node,
  type NodeParts,
  type TestLog,
} from './harness.ts'

let log: TestLog
beforeAll(async () => {
  log = await openTestLog()
})
afterAll(() => log.close())

const jobsOf = (lane: string, count: number) =>
  Array.from({ length: count }, () => ({ id: newId(), lane, key: `${lane}/${newId()}` }))

const want = (run: string, jobs: readonly object[]) => log.say('Wanted', { run, jobs })
const turn = (run: string, lane: string, to: 'open' | 'held' | 'dropped') => log.say('Lane', { run, lane, to })
const laneOf = (job: Pick<Job, 'data'>): string => (job.data as { lane: string }).lane

/** A node whose jobs are noted by lane. */
const started = (run: string, perform: Work['perform'], parts: Pick<NodeParts, 'queue' | 'limits'> = {}): Node =>
  startNode(log, { leases: simpleLeases()(), works: [{ ...workOf(run, perform), laneOf }], ...parts })

const heldJobs = async (run: string, lane: string): Promise<number> => {
  const [row] = await log.database.database.interactive<{ count: string }[]>`
    select count(*) from pending_jobs where manager = ${run} and lane = ${lane}`
  return Number(row?.count)
}

it('keeps the jobs of a held lane until it is let go, and carries them out in their order then', async () => {
  const run = 'held-lane'
  const performed: string[] = []
  const node = started(run, (job) => {
    performed.push(job.id)
    return Promise.resolve({ outcome: 'done' })
  })
  await turn(run, 'a', 'held')
  const own = Array.from({ length: 30 }, () => ({ id: newId(), lane: 'a', key: 'a' }))
  const others = jobsOf('b', 10)
  await want(run, own)
  await want(run, others)
  await until(() => performed.length === others.length, 'the other lane gets on')
  expect(await heldJobs(run, 'a')).toBe(30)
  await until(async () => {
    const { ready, running, delayed } = await node.queue.counts(run)
    return ready + running + delayed === 0
  }, 'the queue has none of it')
  await turn(run, 'a', 'open')
  await until(async () => (await pendingIn(log, run)) === 0, 'nothing is pending')
  expect(performed.slice(10)).toEqual(own.map(({ id }) => id))
  await node.stop()
})

it('takes what a lane has in the queue out of it when it is held, and forgets all of it when it is dropped', async () => {
  const run = 'turned-lane'
  let tries = 0
  const node = started(run, () => {
    tries += 1
    return Promise.resolve({ outcome: 'failed', reason: 'nobody is there', notBefore: Date.now() + 60_000 })
  })
  await want(run, jobsOf('a', 40))
  await until(() => tries > 0, 'it was tried')
  await until(async () => (await node.queue.counts(run)).delayed > 0, 'it waits for its next try')
  await turn(run, 'a', 'held')
  await until(async () => {
    const { ready, running, delayed } = await node.queue.counts(run)
    return ready + running + delayed === 0
  }, 'the queue has none of it')
  expect(await heldJobs(run, 'a')).toBe(40)
  await turn(run, 'a', 'dropped')
  await until(async () => (await heldJobs(run, 'a')) === 0, 'it is forgotten')
  await node.stop()
})

it('never has more of a lane in the queue than it may, and feeds the rest in order as those are settled', async () => {
  const run = 'fed-lane'
  const inner = openInProcessQueue({ clock: systemClock, log: silent })
  const performed: string[] = []
  let most = 0
  const node = started(
    run,
    async (job) => {
      const { ready, running, delayed } = await inner.counts(run)
      most = Math.max(most, ready + running + delayed)
      performed.push(job.id)
      return { outcome: 'done' }
    },
    { queue: inner, limits: { inQueue: 16, getsMore: 8, off: 100_000, goesOn: 50_000 } },
  )
  const jobs = Array.from({ length: 200 }, () => ({ id: newId(), lane: 'a', key: 'a' }))
  for (let from = 0; from < jobs.length; from += 50) await want(run, jobs.slice(from, from + 50))
  await until(() => performed.length === jobs.length, 'all were carried out')
  expect(performed).toEqual(jobs.map(({ id }) => id))
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(16)
  await node.stop()
})

it('takes a lane with very many jobs off the common path, and lets it catch up from the log when it gets on', async () => {
  const run = 'long-lane'
  let dead = true
  const performed: string[] = []
  const node = started(
    run,
    (job) => {
      if (dead && laneOf(job) === 'a') return Promise.resolve({ outcome: 'later', notBefore: Date.now() + 100 })
      performed.push(job.id)
      return Promise.resolve({ outcome: 'done' })
    },
    { limits: { inQueue: 16, getsMore: 8, off: 100, goesOn: 50 } },
  )
  const jobs = Array.from({ length: 400 }, () => ({ id: newId(), lane: 'a', key: 'a' }))
  await want(run, jobs.slice(0, 100))
  await until(async () => (await heldJobs(run, 'a')) === 100, 'the lane is full')
  for (let from = 100; from < jobs.length; from += 20) await want(run, jobs.slice(from, from + 20))
  const others = jobsOf('b', 5)
  await want(run, others)
  await until(() => performed.length === 5, 'the other lane gets on')
  expect(await heldJobs(run, 'a')).toBe(100)
  dead = false
  await until(() => performed.length === 405, 'all were carried out')
  expect(performed.slice(5)).toEqual(jobs.map(({ id }) => id))
  await until(async () => (await pendingIn(log, run)) === 0, 'nothing is pending')
  const more = jobsOf('a', 3)
  await want(run, more)
  await until(() => performed.length === 408, 'it is on the common path again')
  await node.stop()
})

it('lets 990 lanes get on beside 10 whose jobs only take long to fail', async () => {
  const run = 'dead-lanes'
  const took: number[] = []
  const wantedAt = new Map<string, number>()
  const node = startNode(log, {
    leases: simpleLeases()(),
    works: [
      {
        ...workOf(
          run,
          async (job, begin) => {
            begin()
            if (laneOf(job).startsWith('dead')) {
              await pause(10_000, undefined, { signal: job.signal }).catch(() => undefined)
              throw new Error('nobody answers')
            }
            took.push(performance.now() - (wantedAt.get(job.id) ?? 0))
            await pause(2)
            return { outcome: 'done' }
          },
          { ...quick, concurrency: 64, backoff: () => 1000 },
        ),
        laneOf,
      },
    ],
  })
  for (let lane = 0; lane < 10; lane++) await want(run, jobsOf(`dead-${lane}`, 256))
  await pause(300)
  const live = Array.from({ length: 990 }, (_, lane) => jobsOf(`live-${lane}`, 2)).flat()
  for (let from = 0; from < live.length; from += 198) {
    const some = live.slice(from, from + 198)
    for (const { id } of some) wantedAt.set(id, performance.now())
    await want(run, some)
  }
  await until(() => took.length >= live.length, 'every live lane got on')
  const slowest = took.toSorted((a, b) => a - b).at(-1) ?? Infinity
  // a dead job holds its place for 10 s: who had to wait for one would take longer
  expect(slowest).toBeLessThan(5000)
  expect(took.length).toBe(live.length)
  await node.stop()
})

it('does not hold against a lane what its jobs wait for before they begin', async () => {
  const run = 'waiting-lane'
  const readable = pause(1500)
  let over = 0
  const node = started(run, async (_, begin) => {
    await readable
    begin()
    over += 1
    return { outcome: 'done' }
  })
  const began = performance.now()
  await want(run, jobsOf('a', 100))
  await until(() => over === 100, 'all were carried out')
  // a slow lane asks again after 5 s at the soonest
  expect(performance.now() - began).toBeLessThan(4500)
  await node.stop()
})

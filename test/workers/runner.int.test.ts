import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { derivedId } from '../../platform/ids.ts'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import type { Job, JobQueue } from '../../platform/job-queue/job-queue.ts'
import { LANE_LIMITS } from '../../workers/pending/lanes.ts'
import { openLed } from '../../workers/led.ts'
import type { ProcessManager, Work, WorkOutcome } from '../../workers/work.ts'
import { silent } from '../core.ts'
import {
  asItIs,
  openTestLog,
  pendingIn,
  runManagerOf,
  simpleLeases,
  startNode,
  until,
  workOf,
  type Node,
  type NodeParts,
  type TestLog,
} from './harness.ts'

let log: TestLog
let runs = 0
const nodes: Node[] = []

beforeAll(async () => {
  log = await openTestLog()
})
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})
afterAll(() => log.close())

const newRun = (): string => `run-${++runs}`
const idOf = (run: string, number: number): string => derivedId(run, number)
const jobOf = (run: string, number: number, lane = 'a', key?: string) => ({
  id: idOf(run, number),
  lane,
  ...(key === undefined ? {} : { key }),
})
const want = (run: string, ...jobs: readonly object[]): Promise<void> => log.say('Wanted', { run, jobs })
const numbersOf = (run: string, done: readonly string[], most: number): readonly number[] => {
  const numbers = new Map(Array.from({ length: most }, (_, number) => [idOf(run, number), number]))
  return done.map((id) => numbers.get(id) ?? -1)
}

const start = (works: readonly Work[], parts: Partial<NodeParts> = {}): Node => {
  const node = startNode(log, { leases: simpleLeases()(), works, ...parts })
  nodes.push(node)
  return node
}

const performer = (outcome: (job: Job) => WorkOutcome = () => ({ outcome: 'done' })) => {
  const done: string[] = []
  const perform = (job: Job): Promise<WorkOutcome> => {
    done.push(job.id)
    return Promise.resolve(outcome(job))
  }
  return { done, perform }
}

const rowOf = async (id: string) => {
  const [row] = await log.database.database.interactive<
    { state: string; attempts: number; reason: string | null; queued_in: string | null }[]
  >`select state, attempts, reason, queued_in from pending_jobs where id = ${id}`
  return row
}

const managerRow = async (name: string) => {
  const [row] = await log.database.database.interactive<
    { version: number; checkpoint: string; state: string; error: string | null }[]
  >`select version, checkpoint, state, error from process_managers where name = ${name}`
  return row
}

describe('a process manager', () => {
  it('has its jobs carried out, in the order of a key, and forgets them when their outcomes are in the log', async () => {
    const run = newRun()
    const { done, perform } = performer()
    start([workOf(run, perform)])
    for (let number = 0; number < 20; number++) await want(run, jobOf(run, number, 'a', 'one key'))
    await until(async () => done.length === 20 && (await pendingIn(log, run)) === 0, 'all 20 are over')
    expect(numbersOf(run, done, 20)).toEqual(Array.from({ length: 20 }, (_, number) => number))
    await until(async () => (await managerRow(run))?.checkpoint === log.tail.position, 'its position is stored')
    expect(JSON.parse((await managerRow(run))?.state ?? '')).toEqual({ events: 20 })
  })

  it('that decides a batch twice changes nothing, and one that was led on by another starts over', async () => {
    const run = newRun()
    await want(run, jobOf(run, 1), jobOf(run, 2))
    const parts = { sql: log.database.database.interactive, tail: log.tail, log: silent, read: asItIs }
    const queue = openInProcessQueue({ clock: systemClock, log: silent })
    const [first, second] = await Promise.all([1, 2].map(() => openLed({ ...parts, queue }, runManagerOf(run))))
    const events = await log.store.readAll(first?.position ?? '', 1000)
    await first?.advance(events)
    await expect(second?.advance(events)).rejects.toThrow('is no longer at')
    expect(await pendingIn(log, run)).toBe(2)
    await first?.advance(events)
    expect(JSON.parse((await managerRow(run))?.state ?? '')).toEqual({ events: 1 })
    for (const led of [first, second]) await led?.feeder.stop({ cancel: true })
    await queue.close()
  })

  it('halts before an event that it cannot decide, says so, and skips nothing', async () => {
    const run = newRun()
    const { done, perform } = performer()
    const node = start([workOf(run, perform)])
    await want(run, jobOf(run, 1))
    await until(() => done.length === 1, 'the first is done')
    await log.say('Poison', { run })
    await want(run, jobOf(run, 2))
    await until(() => node.workers.halted().length === 1, 'it is halted')
    expect(node.workers.halted()[0]).toMatchObject({
      manager: run,
      reason: expect.stringContaining('event Poison at') as string,
    })
    await until(async () => (await managerRow(run))?.error !== null, 'the table says so')
    expect(await node.registry.metrics()).toContain(`waybill_process_manager_halted{manager="${run}"} 1`)
    expect(done).toEqual([idOf(run, 1)])
    await node.stop()
    nodes.pop()

    const forgiving: ProcessManager = {
      ...runManagerOf(run),
      react: (state, event) => (event.type === 'Poison' ? { state } : runManagerOf(run).react(state, event)),
    }
    start([{ ...workOf(run, perform), manager: forgiving }])
    await until(() => done.includes(idOf(run, 2)), 'a sound one goes on after it')
    await until(async () => (await managerRow(run))?.error === null, 'the table says so')
  })

  it('of a higher version starts over from the first event, and carries out nothing that was done', async () => {
    const run = newRun()
    const before = performer()
    const node = start([workOf(run, before.perform)])
    await want(run, jobOf(run, 1), jobOf(run, 2))
    await until(async () => before.done.length === 2 && (await pendingIn(log, run)) === 0, 'both are done')
    await node.stop()
    nodes.pop()
    await want(run, jobOf(run, 3))

    const after = performer()
    start([{ ...workOf(run, after.perform), manager: runManagerOf(run, 2) }])
    await until(() => after.done.length > 0, 'what is left is done')
    await until(async () => (await pendingIn(log, run)) === 0, 'it is settled')
    expect(numbersOf(run, after.done, 4)).toEqual([3])
    expect(await managerRow(run)).toMatchObject({ version: 2 })

    const older = performer()
    const oldNode = startNode(log, { leases: simpleLeases()(), works: [workOf(run, older.perform)] })
    await want(run, jobOf(run, 4))
    await until(() => after.done.includes(idOf(run, 4)), 'the newer one goes on')
    await oldNode.stop()
    expect(older.done).toEqual([])
    expect(await managerRow(run)).toMatchObject({ version: 2 })
  })
})

describe('a job', () => {
  it('that is dead stays until somebody wants it to be tried anew, or drops it', async () => {
    const run = newRun()
    let sound = false
    const { done, perform } = performer(() =>
      sound ? { outcome: 'done' } : { outcome: 'dead', reason: 'it is broken' },
    )
    const work = workOf(run, perform)
    const { outcomes } = work
    // a dead one leads to no event
    start([
      {
        ...work,
        outcomes: {
          ...outcomes,
          eventsOf: (results, batchId) => {
            const well = results.filter(({ outcome }) => outcome !== 'dead')
            return well.length === 0 ? [] : (outcomes?.eventsOf(well, batchId) ?? [])
          },
        },
      },
    ])
    await want(run, jobOf(run, 1), jobOf(run, 2))
    await until(async () => (await rowOf(idOf(run, 2)))?.state === 'dead', 'it is dead')
    await until(async () => (await rowOf(idOf(run, 1)))?.state === 'dead', 'it is dead')
    expect(await rowOf(idOf(run, 1))).toMatchObject({ attempts: 1, reason: 'it is broken' })
    sound = true
    await log.say('JobRetried', { jobId: idOf(run, 1) })
    await until(async () => (await rowOf(idOf(run, 1))) === undefined, 'it is done after all')
    expect(done.filter((id) => id === idOf(run, 1))).toHaveLength(2)
    await log.say('JobDropped', { jobId: idOf(run, 2) })
    await until(async () => (await pendingIn(log, run)) === 0, 'it is dropped')
  })

  it('whose outcome cannot be appended is carried out again', async () => {
    const run = newRun()
    let appends = 0
    const store: TestLog['store'] = {
      ...log.store,
      append: (...args) =>
        ++appends === 1 ? Promise.reject(new Error('the log is broken')) : log.store.append(...args),
    }
    const { done, perform } = performer()
    start([workOf(run, perform)], { store })
    await want(run, jobOf(run, 1))
    await until(async () => done.length === 2 && (await pendingIn(log, run)) === 0, 'it is done twice')
    expect(appends).toBe(2)
  })

  it('that fails says so in the table', async () => {
    const run = newRun()
    const { perform } = performer(() => ({ outcome: 'failed', reason: 'no\0body is there' }))
    start([workOf(run, perform, { concurrency: 1, leaseMs: 5000, attempts: 1000, backoff: () => 60_000 })])
    await want(run, jobOf(run, 1))
    await until(async () => (await rowOf(idOf(run, 1)))?.attempts === 1, 'the table says so')
    expect((await rowOf(idOf(run, 1)))?.reason).toBe('nobody is there')
    await until(async () => (await rowOf(idOf(run, 1)))?.queued_in !== null, 'the table says that it is in the queue')
  })
})

describe('the queue', () => {
  it('of another generation is filled again', async () => {
    const run = newRun()
    const inner = openInProcessQueue({ clock: systemClock, log: silent })
    const listeners = new Set<(generation: string) => void>()
    let lost = true
    const queue: JobQueue = {
      ...inner,
      generation: 'one',
      onGeneration: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      publish: (jobs) => (lost ? Promise.resolve() : inner.publish(jobs)),
    }
    const { done, perform } = performer()
    start([workOf(run, perform)], { queue })
    await want(run, jobOf(run, 1, 'a', 'k'), jobOf(run, 2, 'a', 'k'), jobOf(run, 3, 'b'))
    await until(async () => (await rowOf(idOf(run, 3)))?.queued_in === 'one', 'they are in the queue')
    expect(done).toEqual([])
    lost = false
    for (const listener of listeners) listener('two')
    await until(async () => (await pendingIn(log, run)) === 0, 'they are done')
    expect(numbersOf(run, done, 4).filter((number) => number < 3)).toEqual([1, 2])
  })

  it('that cannot be reached for a while gets everything in order afterwards', async () => {
    const run = newRun()
    const inner = openInProcessQueue({ clock: systemClock, log: silent })
    let refusals = 0
    const queue: JobQueue = {
      ...inner,
      publish: (jobs) => (++refusals <= 2 ? Promise.reject(new Error('it is away')) : inner.publish(jobs)),
    }
    const { done, perform } = performer()
    start([workOf(run, perform)], { queue })
    for (let number = 0; number < 10; number++) await want(run, jobOf(run, number, 'a', 'k'))
    await until(async () => (await pendingIn(log, run)) === 0, 'they are done')
    expect(numbersOf(run, done, 10)).toEqual(Array.from({ length: 10 }, (_, number) => number))
  })
})

describe('a lane', () => {
  const limits = { inQueue: 8, getsMore: 4, off: 20, goesOn: 10 }

  it('with too many jobs is left to the log, and has them all carried out in order when it gets on', async () => {
    const run = newRun()
    let stuck = true
    const { done, perform } = performer(() =>
      stuck ? { outcome: 'later', notBefore: systemClock.now() + 20 } : { outcome: 'done' },
    )
    start([workOf(run, perform)], { limits })
    await until(async () => (await managerRow(run))?.checkpoint === log.tail.position, 'it is led')
    for (let number = 0; number < 100; number++) {
      await want(run, jobOf(run, number, 'slow', 'k'))
      if (number % 10 === 0) await want(run, jobOf(run, 1000 + number, 'quick'))
    }
    await log.say('JobDropped', { jobId: idOf(run, 90) })
    await until(async () => (await managerRow(run))?.checkpoint === log.tail.position, 'everything is decided')
    const rows = await pendingIn(log, run)
    expect(rows).toBeGreaterThanOrEqual(limits.off)
    expect(rows).toBeLessThan(60)
    stuck = false
    done.length = 0
    await until(async () => (await pendingIn(log, run)) === 0 && done.includes(idOf(run, 99)), 'everything is done')
    const firsts = [...new Set(numbersOf(run, done, 100).filter((number) => number >= 0))]
    expect(firsts).toEqual(Array.from({ length: 100 }, (_, number) => number).filter((number) => number !== 90))
    const [off] = await log.database.database.interactive`select * from job_lanes where manager = ${run}`
    expect(off).toBeUndefined()
  })

  it('with 200,000 jobs costs no more memory than its share of the queue', async () => {
    const run = newRun()
    const { perform } = performer(() => ({ outcome: 'later', notBefore: systemClock.now() + 3_600_000 }))
    const first = start([workOf(run, perform)])
    await until(async () => (await managerRow(run))?.checkpoint === log.tail.position, 'it is led')
    await first.stop()
    nodes.pop()
    await log.database.database.long`
      insert into pending_jobs (id, manager, kind, lane, priority, data)
      select gen_random_uuid(), ${run}, ${run}, 'dead', 'normal', '{}' from generate_series(1, 200000)`
    const before = process.memoryUsage().heapUsed
    const well = performer()
    const began = performance.now()
    const node = start([workOf(run, (job) => (job.key === 'well' ? well.perform(job) : perform(job)))])
    await until(async () => (await node.queue.counts(run)).delayed === LANE_LIMITS.inQueue, 'its share is in the queue')
    await want(run, jobOf(run, 1, 'well', 'well'))
    await until(() => well.done.length === 1, 'another lane gets on')
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024)
    await log.database.database.long`delete from pending_jobs where manager = ${run}`
  })
})

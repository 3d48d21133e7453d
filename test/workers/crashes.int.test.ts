import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { newId } from '../../platform/ids.ts'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import type { Job } from '../../platform/job-queue/job-queue.ts'
import type { WorkOutcome } from '../../workers/work.ts'
import { silent } from '../core.ts'
import { newFaults, type FaultAt, type Faults } from './faults.ts'
import { openTestLog, pendingIn, simpleLeases, startNode, until, workOf, type Node, type TestLog } from './harness.ts'

let log: TestLog
beforeAll(async () => {
  log = await openTestLog()
})
afterAll(() => log.close())

const LANES = ['a', 'b', 'c']
const FAULTS: readonly FaultAt[] = ['transaction', 'commit', 'publish', 'published', 'append', 'appended']

type Step =
  | { readonly step: 'want'; readonly lane: string; readonly keys: readonly number[] }
  | { readonly step: 'hold' | 'open'; readonly lane: string }
  | { readonly step: 'fault'; readonly at: FaultAt }
  | { readonly step: 'crash' | 'restart' }
  | { readonly step: 'wait'; readonly ms: number }

const lane = fc.constantFrom(...LANES)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      step: fc.constant('want' as const),
      lane,
      keys: fc.array(fc.nat(2), { minLength: 1, maxLength: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ step: fc.constantFrom('hold' as const, 'open' as const), lane }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('fault' as const), at: fc.constantFrom(...FAULTS) }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constantFrom('crash' as const, 'restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('wait' as const), ms: fc.nat(30) }) },
)

interface Process {
  readonly node: Node
  readonly faults: Faults
  crash(): void
}

/** One run of a manager: its processes one after another, and what they were asked to do and did. */
const newRun = () => {
  const run = `run-${newId()}`
  const leases = simpleLeases()
  const wanted = new Map<string, string[]>()
  const performed: { readonly id: string; readonly key: string }[] = []
  const ended: Promise<void>[] = []

  const start = (): Process => {
    const faults = newFaults()
    let gone = false
    const perform = async (job: Job): Promise<WorkOutcome> => {
      if (gone) throw new Error('the process is gone')
      // some fail at first, which must hold back those behind them
      if (job.id.startsWith('0') && job.attempt === 1) throw new Error('not yet')
      performed.push({ id: job.id, key: String(job.key) })
      await pause(1)
      return { outcome: 'done' }
    }
    const own = leases()
    const queue = openInProcessQueue({ clock: systemClock, log: silent })
    const node = startNode(log, {
      leases: own,
      works: [workOf(run, perform)],
      queue: faults.queue(queue),
      sql: faults.sql(log.database.database.interactive),
      store: faults.store(log.store),
      limits: { inQueue: 8, getsMore: 4, off: 20, goesOn: 10 },
    })
    const stop = async (): Promise<void> => {
      await node.stop()
      await own.close()
    }
    return {
      node: { ...node, stop },
      faults,
      crash() {
        gone = true
        faults.crash()
        ended.push(stop())
      },
    }
  }

  const want = async (of: string, keys: readonly number[]): Promise<void> => {
    const jobs = keys.map((key) => ({ id: newId(), lane: of, key: `${run}/${of}/${key}` }))
    for (const { id, key } of jobs) wanted.set(key, [...(wanted.get(key) ?? []), id])
    await log.say('Wanted', { run, jobs })
  }
  const turn = (of: string, to: 'held' | 'open') => log.say('Lane', { run, lane: of, to })
  return { run, start, want, turn, wanted, performed, ended }
}

const carryOut = async (steps: readonly Step[]): Promise<void> => {
  const { run, start, want, turn, wanted, performed, ended } = newRun()
  let process = start()
  for (const one of steps) {
    if (one.step === 'want') await want(one.lane, one.keys)
    else if (one.step === 'hold') await turn(one.lane, 'held')
    else if (one.step === 'open') await turn(one.lane, 'open')
    else if (one.step === 'fault') process.faults.add(one.at)
    else if (one.step === 'wait') await pause(one.ms)
    else {
      if (one.step === 'crash') process.crash()
      else await process.node.stop()
      process = start()
    }
  }
  process.faults.none()
  for (const of of LANES) await turn(of, 'open')
  // an event at the end tells that everything before it was decided
  await want('a', [0])
  const done = new Set<string>()
  const all = [...wanted.values()].flat()
  await until(() => {
    for (const { id } of performed) done.add(id)
    return all.every((id) => done.has(id))
  }, 'every job that is wanted was carried out')
  await until(async () => (await pendingIn(log, run)) === 0, 'nothing is pending any more')
  await process.node.stop()
  await Promise.all(ended)

  const known = new Set(all)
  const before = new Map<string, number>()
  for (const { id, key } of performed) {
    expect(known.has(id)).toBe(true)
    const place = (wanted.get(key) ?? []).indexOf(id)
    const reached = before.get(key) ?? -1
    // repeats go back; what is new comes in order
    expect(place).toBeLessThanOrEqual(reached + 1)
    before.set(key, Math.max(place, reached))
  }
}

it('carries out every wanted job at least once and in the order of its key, wherever processes die and engines fail', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), carryOut), {
    numRuns: 15,
    endOnFailure: true,
  })
}, 240_000)

it.each(FAULTS)('goes on by itself after a fault at "%s"', async (at) => {
  await carryOut([
    { step: 'want', lane: 'a', keys: [0, 0, 1] },
    { step: 'wait', ms: 20 },
    { step: 'fault', at },
    { step: 'want', lane: 'a', keys: [0, 1, 2] },
  ])
})

it('publishes again what a process that died had written and not published', async () => {
  await carryOut([
    { step: 'want', lane: 'a', keys: [0] },
    { step: 'wait', ms: 20 },
    { step: 'fault', at: 'publish' },
    { step: 'want', lane: 'a', keys: [0, 0] },
    { step: 'wait', ms: 20 },
    { step: 'crash' },
  ])
})

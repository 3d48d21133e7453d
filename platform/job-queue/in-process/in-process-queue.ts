import type { Clock } from '../../clock.ts'
import { newId } from '../../ids.ts'
import type { Log } from '../../log/log.ts'
import { PlatformError } from '../../platform-error.ts'
import type { DeadJob, JobQueue, Working } from '../job-queue.ts'
import { type Keeping, type Performing, startPerforming } from '../performing.ts'
import { type QueuedJob, queuedJob } from '../queued-job.ts'
import { type Entry, newSchedule, type Schedule } from '../schedule.ts'
import { systemTimers, type Timers } from '../timers.ts'

/** Everything of one kind. */
interface Kind {
  readonly schedule: Schedule
  /** In the order in which they died. */
  readonly dead: Map<string, { readonly job: QueuedJob; readonly told: DeadJob }>
  performing?: Performing | undefined
}

interface Options {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  /** What calls back when a delay is over or a lease runs out; tests that move `clock` pass their own. */
  readonly timers?: Timers
}

const CLOSE_GRACE_MS = 2000

/** The queue in this process's memory: each start is a new generation, so that what is to be done is published again. */
export const openInProcessQueue = ({ clock, log, timers = systemTimers(clock) }: Options): JobQueue => {
  const kinds = new Map<string, Kind>()
  const working = new Set<Working>()
  let closed = false

  const kindOf = (name: string): Kind => {
    const kind = kinds.get(name) ?? { schedule: newSchedule(), dead: new Map() }
    kinds.set(name, kind)
    return kind
  }

  const keepingOf = (kind: Kind): Keeping => ({
    done: () => Promise.resolve(),
    again: () => Promise.resolve(),
    mayBegin: () => true,
    dead({ job, attempts }, reason) {
      const { id, key, data } = job
      const told = { id, kind: job.kind, key, data: JSON.parse(data) as unknown, attempts, reason, diedAt: clock.now() }
      kind.dead.set(id, { job, told })
      return Promise.resolve()
    },
  })

  return {
    generation: newId(),
    // it never changes while the process lives
    onGeneration: () => () => undefined,

    publish(jobs) {
      return settled(() => {
        if (closed) throw new PlatformError('unavailable', 'the queue is closed')
        const now = clock.now()
        const queued = jobs.map((job) => queuedJob(job, now))
        for (const [at, job] of queued.entries()) {
          const { schedule, dead } = kindOf(job.kind)
          if (!dead.has(job.id)) schedule.add(job, jobs[at]?.notBefore ?? 0, 0, now)
        }
        for (const name of new Set(jobs.map(({ kind }) => kind))) kinds.get(name)?.performing?.wake()
      })
    },

    work(name, policy, perform) {
      const kind = kindOf(name)
      if (kind.performing !== undefined) throw new Error(`this process works on ${name} already`)
      const { schedule } = kind
      const performing = startPerforming({ schedule, policy, perform, keeping: keepingOf(kind), clock, timers, log })
      kind.performing = performing
      const stopOnce = async (graceMs: number): Promise<void> => {
        await performing.stop(graceMs)
        working.delete(one)
        kind.performing = undefined
      }
      let stopped: Promise<void> | undefined
      const one: Working = { stop: (graceMs) => (stopped ??= stopOnce(graceMs)) }
      working.add(one)
      return one
    },

    cancel(name, id) {
      const { schedule, dead, performing } = kindOf(name)
      if (dead.delete(id)) return Promise.resolve(true)
      const entry: Entry | undefined = schedule.find(id)
      if (entry === undefined) return Promise.resolve(false)
      if (performing === undefined) schedule.remove(entry, clock.now())
      else performing.drop(id)
      return Promise.resolve(true)
    },

    counts(name) {
      const { schedule, dead } = kindOf(name)
      return Promise.resolve({ ...schedule.counts, dead: dead.size })
    },

    dead(name, limit) {
      const found: DeadJob[] = []
      for (const { told } of kindOf(name).dead.values()) {
        if (found.length >= limit) break
        found.push(told)
      }
      return Promise.resolve(found)
    },

    revive(name, id) {
      const { schedule, dead, performing } = kindOf(name)
      const found = dead.get(id)
      if (found === undefined) return Promise.resolve(false)
      dead.delete(id)
      schedule.add(found.job, 0, 0, clock.now())
      performing?.wake()
      return Promise.resolve(true)
    },

    async close() {
      closed = true
      await Promise.all([...working].map((one) => one.stop(CLOSE_GRACE_MS)))
    },
  }
}

/** What throws in `work` rejects instead. */
const settled = async (work: () => void): Promise<void> => {
  await Promise.resolve()
  work()
}

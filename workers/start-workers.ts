import type { Registry } from 'prom-client'
import type { Sql } from 'postgres'
import type { Clock } from '../platform/clock.ts'
import type { EventStore } from '../platform/event-store/event-store.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import type { JobQueue, Working } from '../platform/job-queue/job-queue.ts'
import type { Leases } from '../platform/leases/leases.ts'
import type { Log } from '../platform/log/log.ts'
import { jobMetrics, observeLeaderships } from './job-metrics.ts'
import { readEvent, type ReadEvent } from './logged-event.ts'
import { openOutcomeClaims } from './outcomes/claims.ts'
import { outcomeRecorder } from './outcomes/recorder.ts'
import type { LaneLimits } from './pending/lanes.ts'
import { openTryNotes } from './pending/try-notes.ts'
import { performWork, policyOf } from './perform-work.ts'
import { startLeadership } from './leadership.ts'
import type { Work } from './work.ts'
import { newYielding } from './yielding.ts'

export interface WorkersOptions {
  /** The database of `workerMigrations`, and a pool whose statements may take some seconds. */
  readonly sql: Sql
  readonly store: EventStore
  readonly tail: Tail
  readonly queue: JobQueue
  /** Whether other processes work on the same queue. Where they do not, whoever leads a manager carries out its jobs. */
  readonly sharedQueue: boolean
  readonly leases: Leases
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  /** The kinds that this process works on. */
  readonly works: readonly Work[]
  /** Requests that this process has taken up to now: jobs yield to them. Undefined: it serves none. */
  readonly requests?: (() => number) | undefined
  /** Default: what the event catalogue says. */
  readonly read?: ReadEvent
  readonly limits?: LaneLimits
}

/** The background work of a process. */
export interface Workers {
  /** Process managers led here that stand still at an event they cannot decide, with the reason. */
  halted(): readonly { readonly manager: string; readonly reason: string }[]
  /** Waits for what is being done, at most 5 s, lets others lead, and ends; the queue and the leases stay open. */
  stop(): Promise<void>
}

/**
 * Jobs under way get this long to finish before they are given back: what was done and is not in the log yet is then done again by
 * another process, and a log on a busy disk may take seconds. Only a slow receiver makes a stop wait for all of it.
 */
const GRACE_MS = 5000

/** Leads process managers and carries out jobs, until it is stopped. */
export const startWorkers = (options: WorkersOptions): Workers => {
  const { sql, store, queue, clock, log, registry, works, requests, read = readEvent } = options
  const yielding = newYielding({ requests })
  const metrics = jobMetrics(registry)
  const notes = openTryNotes(sql, log)
  const managers = works.flatMap(({ manager }) =>
    manager === undefined ? [] : [startLeadership({ ...options, read, yielding }, manager)],
  )
  observeLeaderships(registry, managers, options)

  // what a process has in a queue of its own nobody else carries out
  const claims = options.sharedQueue ? openOutcomeClaims(sql) : undefined
  const busy = (): boolean => yielding.pace !== Infinity
  const recorders = works.flatMap(({ kind, outcomes }) =>
    outcomes === undefined ? [] : [[kind, outcomeRecorder({ store, clock, claims, busy }, kind, outcomes)] as const],
  )
  const recorderOf = new Map(recorders)
  const died = (id: string): void => {
    for (const manager of managers) manager.died(id)
  }
  const workings: readonly Working[] = works.map((work) => {
    const recorder = recorderOf.get(work.kind)
    const own = recorder === undefined ? undefined : claims
    const parts = { recorder, claims: own, notes, yielding, metrics, clock, died }
    return queue.work(work.kind, policyOf(parts, work), performWork(parts, work))
  })

  return {
    halted: () =>
      managers.flatMap(({ name, led }) => (led?.halted === undefined ? [] : [{ manager: name, reason: led.halted }])),
    async stop() {
      const flushing = setInterval(() => recorderOf.forEach((recorder) => void recorder.flush()), 10)
      await Promise.all(workings.map((working) => working.stop(GRACE_MS)))
      clearInterval(flushing)
      await Promise.all(managers.map((manager) => manager.stop()))
      yielding.stop()
      await notes.stop()
    },
  }
}

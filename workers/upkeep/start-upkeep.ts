import { setTimeout as delay } from 'node:timers/promises'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Sql } from 'postgres'
import type { Clock } from '../../platform/clock.ts'
import type { Leases } from '../../platform/leases/leases.ts'
import type { Log } from '../../platform/log/log.ts'
import { dueAt, type TaskHistory } from './due.ts'
import { taskRecords } from './task-record.ts'
import type { UpkeepTask } from './upkeep-task.ts'

export interface UpkeepOptions {
  readonly sql: Sql
  readonly leases: Pick<Leases, 'lead'>
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly registry: Registry
  readonly tasks: readonly UpkeepTask[]
  /** Milliseconds between two looks at what is due; default 10,000. */
  readonly lookMs?: number
}

export interface Upkeep {
  readonly leads: boolean
  stop(): Promise<void>
}

const LEASE = 'upkeep'
const NEVER: TaskHistory = { beganAt: undefined, endedAt: undefined, failures: 0 }
/** A task may take minutes; a process that stops does not wait for it. It is safe to be cut off. */
const STOP_MS = 1000

const SECONDS = [0.01, 0.1, 1, 10, 60, 600]

const metricsOf = (registry: Registry) => ({
  freed: new Counter({
    name: 'waybill_upkeep_freed_total',
    help: 'Things that upkeep removed.',
    labelNames: ['task'] as const,
    registers: [registry],
  }),
  seconds: new Histogram({
    name: 'waybill_upkeep_seconds',
    help: 'Time that a task of upkeep took.',
    labelNames: ['task'] as const,
    buckets: SECONDS,
    registers: [registry],
  }),
  failures: new Gauge({
    name: 'waybill_upkeep_failures',
    help: 'Failures in a row of a task of upkeep.',
    labelNames: ['task'] as const,
    registers: [registry],
  }),
})

/** Does the tasks at their times, one after another, in the process that leads. */
export const startUpkeep = (options: UpkeepOptions): Upkeep => {
  const { sql, leases, clock, log, registry, tasks, lookMs = 10_000 } = options
  const records = taskRecords(sql)
  const metrics = metricsOf(registry)

  const carryOut = async (task: UpkeepTask, before: TaskHistory): Promise<void> => {
    const { name, schedule } = task
    const beganAt = clock.now()
    await records.began(name, beganAt)
    const observe = metrics.seconds.startTimer({ task: name })
    const outcome = await task.run().catch((error: unknown) => {
      log.warn({ err: error, task: name }, 'upkeep failed; it is tried again')
      return error instanceof Error ? error.message : String(error)
    })
    observe()
    const failures = typeof outcome === 'string' ? before.failures + 1 : 0
    metrics.failures.set({ task: name }, failures)
    if (typeof outcome === 'number') metrics.freed.inc({ task: name }, outcome)
    if (typeof outcome === 'number' && outcome > 0) log.info({ task: name, freed: outcome }, 'upkeep')
    const endedAt = clock.now()
    const nextAt = dueAt(schedule, { beganAt, endedAt, failures }, endedAt)
    await records.ended(name, { beganAt, endedAt, nextAt, outcome })
  }

  const lead = async (signal: AbortSignal): Promise<void> => {
    const started = clock.now()
    const known = await records.read()
    const historyOf = (name: string): TaskHistory => known.get(name) ?? NEVER
    await records.list(tasks.map((task) => ({ task, nextAt: dueAt(task.schedule, historyOf(task.name), started) })))
    while (!signal.aborted) {
      const now = await records.read()
      for (const task of tasks) {
        const history = now.get(task.name) ?? NEVER
        // what was never done counts from the start of this lead, or it would never be due
        if (signal.aborted || dueAt(task.schedule, history, started) > clock.now()) continue
        await carryOut(task, history)
      }
      await delay(lookMs, undefined, { signal }).catch(() => undefined) // stopped
    }
  }

  const leading = leases.lead(LEASE, lead)
  return {
    get leads() {
      return leading.leads
    },
    async stop() {
      await Promise.race([leading.stop(), delay(STOP_MS, undefined, { ref: false })])
    },
  }
}

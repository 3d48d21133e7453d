import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Sql } from 'postgres'
import type { Clock } from '../platform/clock.ts'
import type { EventMetadata } from '../domain/metadata.ts'
import type { EventStore } from '../platform/event-store/event-store.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import type { Leadership } from './leadership.ts'

/** Counts what this process carries out. */
export interface JobMetrics {
  performed(kind: string, seconds: number): void
  failed(kind: string, seconds: number): void
}

/** From an effect in memory to one that waits for another company's server. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
/** More events than this are not counted. */
const MOST_BEHIND = 10_000

export const jobMetrics = (registry: Registry): JobMetrics => {
  const registers = [registry]
  const labelNames = ['kind'] as const
  const performed = new Counter({
    name: 'waybill_jobs_performed_total',
    help: 'Jobs that this process has carried out, whatever came of it but a failure.',
    labelNames,
    registers,
  })
  const failed = new Counter({
    name: 'waybill_jobs_failed_total',
    help: 'Tries of jobs in this process that failed.',
    labelNames,
    registers,
  })
  const seconds = new Histogram({
    name: 'waybill_jobs_seconds',
    help: 'Time from the beginning of a try to its end.',
    labelNames,
    buckets: SECONDS,
    registers,
  })
  return {
    performed(kind, took) {
      performed.inc({ kind })
      seconds.observe({ kind }, took)
    },
    failed(kind, took) {
      failed.inc({ kind })
      seconds.observe({ kind }, took)
    },
  }
}

const sumOf = (managers: readonly Leadership[], countsOf: (managed: Leadership) => ReadonlyMap<string, number>) => {
  const sums = new Map<string, number>()
  for (const managed of managers)
    for (const [kind, count] of countsOf(managed)) sums.set(kind, (sums.get(kind) ?? 0) + count)
  return sums
}

const NONE: ReadonlyMap<string, number> = new Map()

/** Metrics of the process managers that this process leads, worked out when they are asked for. */
export const observeLeaderships = (
  registry: Registry,
  managers: readonly Leadership[],
  parts: { readonly sql: Sql; readonly store: EventStore; readonly tail: Tail; readonly clock: Clock },
): void => {
  const { sql, store, tail, clock } = parts
  const registers = [registry]
  const queued = () => sumOf(managers, ({ led }) => led?.feeder.inQueue.counts() ?? NONE)
  const dead = async (): Promise<ReadonlyMap<string, number>> => {
    const names = managers.filter(({ led }) => led !== undefined).map(({ name }) => name)
    const rows = await sql<{ kind: string; count: string }[]>`
      select kind, count(*) as count from pending_jobs where state = 'dead' and manager = any(${names}::text[]) group by kind`
    return new Map(rows.map(({ kind, count }) => [kind, Number(count)]))
  }
  const set = (gauge: Gauge<'kind'>, counts: ReadonlyMap<string, number>): void => {
    gauge.reset()
    for (const [kind, count] of counts) gauge.set({ kind }, count)
  }
  const perKind = (name: string, help: string, counts: () => Promise<ReadonlyMap<string, number>>): void => {
    new Gauge({
      name,
      help: `${help} Told by the process that leads their process manager.`,
      labelNames: ['kind'] as const,
      registers,
      async collect() {
        set(this, await counts())
      },
    })
  }
  perKind('waybill_jobs_pending', 'Jobs that are to be carried out, those in the queue included.', async () => {
    const buried = await dead()
    const rows = sumOf(managers, ({ led }) => led?.lanes.rows() ?? NONE)
    return new Map([...rows].map(([kind, count]) => [kind, Math.max(0, count - (buried.get(kind) ?? 0))]))
  })
  perKind('waybill_jobs_queued', 'Jobs in the queue.', () => Promise.resolve(queued()))
  perKind('waybill_jobs_dead', 'Jobs that nobody tries any more.', dead)

  const ofEach = (name: string, help: string, figure: (managed: Leadership) => Promise<number>): void => {
    new Gauge({
      name,
      help,
      labelNames: ['manager'] as const,
      registers,
      async collect() {
        this.reset()
        for (const managed of managers)
          if (managed.led !== undefined) this.set({ manager: managed.name }, await figure(managed))
      },
    })
  }
  ofEach(
    'waybill_process_manager_lag_events',
    `Events of the log that the process manager has not decided, ${MOST_BEHIND} at most.`,
    async ({ led }) => {
      if (led === undefined || led.position >= tail.position) return 0
      return (await store.readAll(led.position, MOST_BEHIND)).length
    },
  )
  ofEach(
    'waybill_process_manager_lag_seconds',
    'Age of the first event that the process manager has not decided.',
    async ({ led }) => {
      if (led === undefined || led.position >= tail.position) return 0
      const [next] = await store.readAll(led.position, 1)
      if (next === undefined) return 0
      return Math.max(0, (clock.now() - Date.parse((next.metadata as EventMetadata).at)) / 1000)
    },
  )
  ofEach(
    'waybill_process_manager_halted',
    '1 while it stands still at an event that it cannot decide, else 0.',
    ({ led }) => Promise.resolve(led?.halted === undefined ? 0 : 1),
  )
}

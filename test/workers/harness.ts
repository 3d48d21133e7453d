import { setTimeout as pause } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { systemClock } from '../../platform/clock.ts'
import type { Sql } from '../../platform/database/database.ts'
import { migrate } from '../../platform/database/migrations.ts'
import { NO_STREAM, type EventStore } from '../../platform/event-store/event-store.ts'
import { eventStoreMigrations } from '../../platform/event-store/postgres/migrations.ts'
import { openPostgresEventStore } from '../../platform/event-store/postgres/postgres-event-store.ts'
import { startTail, type Tail } from '../../platform/event-store/tail.ts'
import { newId } from '../../platform/ids.ts'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import type { JobQueue } from '../../platform/job-queue/job-queue.ts'
import { leaseMigrations } from '../../platform/leases/lease-migrations.ts'
import type { Leases } from '../../platform/leases/leases.ts'
import { workerMigrations } from '../../workers/migrations.ts'
import type { LaneLimits } from '../../workers/pending/lanes.ts'
import { startWorkers, type Workers } from '../../workers/start-workers.ts'
import type { Work } from '../../workers/work.ts'
import { silent } from '../core.ts'
import { testDatabase, type TestDatabase } from '../postgres.ts'
import { asItIs } from './test-work.ts'

export { asItIs, quick, runManagerOf, workOf } from './test-work.ts'

/** A log with the tables of workers, and the tail that all nodes of a test share. */
export interface TestLog {
  readonly database: TestDatabase
  readonly store: EventStore
  readonly tail: Tail
  /** Appends one event to a stream of its own. */
  say(type: string, data: unknown): Promise<void>
  close(): Promise<void>
}

export const openTestLog = async (): Promise<TestLog> => {
  const database = await testDatabase()
  const { appends, interactive, long } = database.database
  for (const set of [eventStoreMigrations, leaseMigrations, workerMigrations]) await migrate(long, set)
  const store = openPostgresEventStore({ appends, reads: interactive, long, log: silent })
  const tail = await startTail(store, { log: silent })
  return {
    database,
    store,
    tail,
    async say(type, data) {
      const metadata = { schemaVersion: 1, at: new Date().toISOString() }
      await store.append(`test-${newId()}`, [{ id: newId(), type, data, metadata }], NO_STREAM)
      tail.wake()
    },
    async close() {
      await tail.stop()
      await store.close()
      await database.drop()
    },
  }
}

/** Leases of one test: who asks first holds one until it lets go. */
export const simpleLeases = (): (() => Leases) => {
  const held = new Map<string, object>()
  return () => {
    const own = {}
    const leadings = new Set<{ stop: () => Promise<void> }>()
    return {
      take: () => Promise.reject(new Error('nobody takes one here')),
      lead(name, lead) {
        const stopping = new AbortController()
        let leads = false
        const running = (async () => {
          while (!stopping.signal.aborted) {
            if (held.has(name)) {
              await pause(5)
              continue
            }
            held.set(name, own)
            leads = true
            await lead(stopping.signal)
            leads = false
            held.delete(name)
          }
        })()
        const leading = {
          get leads() {
            return leads
          },
          async stop() {
            stopping.abort()
            await running
          },
        }
        leadings.add(leading)
        return leading
      },
      async close() {
        for (const leading of leadings) await leading.stop()
      },
    }
  }
}

/** One process of a test, as far as background work goes. */
export interface Node {
  readonly queue: JobQueue
  readonly workers: Workers
  readonly registry: Registry
  stop(): Promise<void>
}

export interface NodeParts {
  readonly leases: Leases
  readonly works: readonly Work[]
  readonly queue?: JobQueue
  readonly sharedQueue?: boolean
  readonly sql?: Sql
  readonly store?: EventStore
  readonly limits?: LaneLimits
}

export const startNode = (log: TestLog, parts: NodeParts): Node => {
  const queue = parts.queue ?? openInProcessQueue({ clock: systemClock, log: silent })
  const registry = new Registry()
  const workers = startWorkers({
    sql: parts.sql ?? log.database.database.interactive,
    store: parts.store ?? log.store,
    tail: log.tail,
    queue,
    sharedQueue: parts.sharedQueue ?? false,
    leases: parts.leases,
    clock: systemClock,
    log: silent,
    registry,
    works: parts.works,
    read: asItIs,
    ...(parts.limits === undefined ? {} : { limits: parts.limits }),
  })
  return {
    queue,
    workers,
    registry,
    async stop() {
      await workers.stop()
      await queue.close()
    },
  }
}

/** Waits for it, at most 20 s unless told otherwise. */
export const until = async (condition: () => boolean | Promise<boolean>, what: string, ms = 20_000): Promise<void> => {
  const deadline = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`after ${ms} ms it is not so that ${what}`)
    await pause(5)
  }
}

/** How many jobs of a manager the table has. */
export const pendingIn = async ({ database }: TestLog, manager: string): Promise<number> => {
  const [row] = await database.database.interactive<{ count: string }[]>`
    select count(*) from pending_jobs where manager = ${manager}`
  return Number(row?.count)
}

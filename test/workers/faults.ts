import type { Sql } from '../../platform/database/database.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import type { JobQueue } from '../../platform/job-queue/job-queue.ts'
import { PlatformError } from '../../platform/platform-error.ts'

/** Where the next thing goes wrong: before it is done, or after, when its answer is lost. */
export type FaultAt = 'transaction' | 'commit' | 'publish' | 'published' | 'append' | 'appended'

/** What fails on purpose, in one process of a test. */
export interface Faults {
  /** The next one there fails. */
  add(at: FaultAt): void
  /** From now on everything does, as if the process were gone. */
  crash(): void
  none(): void
  sql(sql: Sql): Sql
  queue(queue: JobQueue): JobQueue
  store(store: EventStore): EventStore
}

export const newFaults = (): Faults => {
  const due: FaultAt[] = []
  let crashed = false

  const meet = (at: FaultAt): void => {
    if (crashed) throw new PlatformError('unavailable', 'the process is gone')
    const index = due.indexOf(at)
    if (index < 0) return
    due.splice(index, 1)
    throw new PlatformError(at === 'appended' ? 'unknown-outcome' : 'unavailable', `a fault at ${at}`)
  }
  const around = async <T>(before: FaultAt, work: () => Promise<T>, after: FaultAt): Promise<T> => {
    meet(before)
    const result = await work()
    meet(after)
    return result
  }
  return {
    add: (at) => due.push(at),
    crash: () => (crashed = true),
    none: () => due.splice(0),
    sql: (sql) =>
      new Proxy(sql, {
        apply: (target, self, args) => {
          if (crashed && Array.isArray(args[0]) && 'raw' in args[0])
            return Promise.reject(new Error('the process is gone'))
          return Reflect.apply(target, self, args) as unknown
        },
        get: (target, name) => {
          if (name !== 'begin') return Reflect.get(target, name) as unknown
          return (work: never) => around('transaction', () => target.begin(work), 'commit')
        },
      }),
    queue: (queue) => ({
      ...queue,
      publish: (jobs) => around('publish', () => queue.publish(jobs), 'published'),
    }),
    store: (store) => ({
      ...store,
      append: (...args) => around('append', () => store.append(...args), 'appended'),
    }),
  }
}

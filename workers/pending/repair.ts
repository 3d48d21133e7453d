import type { Sql } from 'postgres'
import type { Feeder } from './feeder.ts'
import { diedSince, noteQueued, stillPending } from './job-rows.ts'

/** Looks for what fell through between the table, the queue and the log. */
export interface Repair {
  /** Says in the table what is in the queue, for people; rows that are being changed just then get it the next time. */
  note(): Promise<void>
  /**
   * Makes room for jobs that died elsewhere, forgets those that are gone, and, when `current`, gives those to the queue again that
   * have been in it for a minute: it knows them, unless it lost them or their outcome was lost.
   */
  mend(current: boolean): Promise<void>
}

/** A job may well wait or be carried out for so long. */
const LONG_MS = 60_000
/** Jobs that are looked at in one go, the longest queued first. */
const MOST = 1000

export const newRepair = (sql: Sql, manager: string, feeder: Feeder, generation: () => string): Repair => {
  const { inQueue } = feeder
  let since = '-infinity'

  const firstOf = (wanted: (job: { since: number; noted: boolean }) => boolean): string[] => {
    const ids: string[] = []
    for (const [id, job] of inQueue.entries()) {
      if (ids.length === MOST) break
      if (wanted(job)) ids.push(id)
    }
    return ids
  }

  return {
    async note() {
      const ids = firstOf(({ noted }) => !noted)
      if (ids.length === 0) return
      inQueue.noted(await noteQueued(sql, ids, generation()))
    },
    async mend(current) {
      const died = await diedSince(sql, manager, since)
      since = died.since
      feeder.over(died.rows.map(({ id }) => id))
      const before = performance.now() - LONG_MS
      const old = firstOf((job) => job.since < before)
      if (old.length === 0 || !current) return
      const pending = await stillPending(sql, old)
      const known = new Set(pending.map(({ id }) => id))
      feeder.over(old.filter((id) => !known.has(id)))
      for (const { id } of pending) inQueue.renew(id)
      feeder.repeat(pending)
    },
  }
}

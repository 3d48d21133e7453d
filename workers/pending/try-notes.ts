import type { Sql } from 'postgres'
import type { Log } from '../../platform/log/log.ts'

/** Notes failed tries and dead jobs in the table, by whichever process carried them out. */
export interface TryNotes {
  /** Written within a second, for people. */
  failed(id: string, attempt: number, reason: string): void
  /** Resolves when it is written. Throws what the database throws. */
  died(id: string, attempts: number, reason: string): Promise<void>
  /** Writes what is noted. */
  stop(): Promise<void>
}

const EVERY_MS = 1000
const MOST_REASON_CHARACTERS = 1000

/** A reason is text from anywhere; the database takes no NUL. */
const shown = (reason: string): string => reason.replaceAll('\0', '').slice(0, MOST_REASON_CHARACTERS)

export const openTryNotes = (sql: Sql, log: Log): TryNotes => {
  const noted = new Map<string, { readonly attempt: number; readonly reason: string }>()
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    const tries = [...noted]
    noted.clear()
    if (tries.length === 0) return
    try {
      await sql`
        update pending_jobs set attempts = t.attempts, reason = t.reason
        from unnest(
          ${tries.map(([id]) => id)}::uuid[], ${tries.map(([, { attempt }]) => attempt)}::int[],
          ${tries.map(([, { reason }]) => reason)}::text[]
        ) as t(id, attempts, reason)
        where pending_jobs.id = t.id and pending_jobs.id in (
          select id from pending_jobs where id = any(${tries.map(([id]) => id)}::uuid[]) for update skip locked
        )`
    } catch (error) {
      log.warn({ err: error, tries: tries.length }, 'failed tries of jobs could not be noted')
    }
  }
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, EVERY_MS)
  timer.unref()

  return {
    failed: (id, attempt, reason) => void noted.set(id, { attempt, reason: shown(reason) }),
    async died(id, attempts, reason) {
      noted.delete(id)
      await sql`
        update pending_jobs set state = 'dead', attempts = ${attempts}, reason = ${shown(reason)}, died_at = now()
        where id = ${id}`
    },
    async stop() {
      clearInterval(timer)
      writing = writing.then(write)
      await writing
    },
  }
}

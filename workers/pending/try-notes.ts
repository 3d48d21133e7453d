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

interface Note {
  readonly attempt: number
  readonly reason: string
  /** How often it is still tried to write it. */
  readonly left: number
}

const EVERY_MS = 1000
/** A row that is locked just then is passed over, so that nobody waits for anybody both ways; one that is gone stays so. */
const TRIES = 5
const MOST_REASON_CHARACTERS = 1000

/** A reason is text from anywhere; the database takes no NUL. */
const shown = (reason: string): string => reason.replaceAll('\0', '').slice(0, MOST_REASON_CHARACTERS)

export const openTryNotes = (sql: Sql, log: Log): TryNotes => {
  const noted = new Map<string, Note>()
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    const tries = [...noted]
    noted.clear()
    if (tries.length === 0) return
    try {
      const written = await sql<{ id: string }[]>`
        update pending_jobs set attempts = t.attempts, reason = t.reason
        from unnest(
          ${tries.map(([id]) => id)}::uuid[], ${tries.map(([, { attempt }]) => attempt)}::int[],
          ${tries.map(([, { reason }]) => reason)}::text[]
        ) as t(id, attempts, reason)
        where pending_jobs.id = t.id and pending_jobs.state <> 'dead' and pending_jobs.id in (
          select id from pending_jobs where id = any(${tries.map(([id]) => id)}::uuid[]) for update skip locked
        )
        returning pending_jobs.id`
      const seen = new Set(written.map(({ id }) => id))
      for (const [id, note] of tries)
        if (!seen.has(id) && note.left > 1 && !noted.has(id)) noted.set(id, { ...note, left: note.left - 1 })
    } catch (error) {
      log.warn({ err: error, tries: tries.length }, 'failed tries of jobs could not be noted')
    }
  }
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, EVERY_MS)
  timer.unref()

  return {
    failed: (id, attempt, reason) => void noted.set(id, { attempt, reason: shown(reason), left: TRIES }),
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

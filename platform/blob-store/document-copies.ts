import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from 'postgres'
import type { Log } from '../log/log.ts'
import type { BlobStore } from './blob-store.ts'
import type { DocumentWrites } from './document-writes.ts'

export interface DocumentCopies {
  stop(): Promise<void>
}

const LOOK_MILLISECONDS = 1000

/** Copied in one transaction, whose rows no other process copies meanwhile. */
const COPIES_AT_ONCE = 64

/** From this many waiting on, they are copied beside the writes. */
const MOST_WAITING = 100_000

/**
 * Copies documents into the blob store, once nothing was put for a second: a burst of publishes is not slowed down by it. Of several
 * processes each copies what no other one is copying.
 */
export const startDocumentCopies = (
  sql: Sql,
  blobs: BlobStore,
  writes: Pick<DocumentWrites, 'lastKept'>,
  log: Pick<Log, 'warn'>,
): DocumentCopies => {
  const stopping = new AbortController()
  const { signal } = stopping

  const quiet = (): boolean => performance.now() - writes.lastKept > LOOK_MILLISECONDS

  const tooMany = async (): Promise<boolean> => {
    const [row] = await sql<{ many: boolean }[]>`
      select exists (select 1 from documents_to_copy offset ${MOST_WAITING}) as many`
    return row?.many ?? false
  }

  /** Whether there may be more. */
  const copySome = (): Promise<boolean> =>
    sql.begin(async (transaction) => {
      const taken = await transaction<{ digest: string; body: Buffer | null }[]>`
        select c.digest, d.body
        from (select digest from documents_to_copy limit ${COPIES_AT_ONCE} for update skip locked) as c
        left join documents as d using (digest)`
      // the store wants bytes that nobody else holds a view on, and a row's lie in the driver's buffer
      for (const { body } of taken) if (body !== null) await blobs.put(Uint8Array.from(body))
      if (taken.length === 0) return false
      await transaction`delete from documents_to_copy where digest = any(${taken.map(({ digest }) => digest)})`
      return taken.length === COPIES_AT_ONCE
    })

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await delay(LOOK_MILLISECONDS, undefined, { signal }).catch(() => undefined) // stopping: the loop ends
      try {
        while (!signal.aborted && (quiet() || (await tooMany())) && (await copySome()));
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'documents could not be copied into the blob store; tried again')
      }
    }
  }
  const running = run()

  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

import type { Sql } from 'postgres'

/** Documents on their way into the table: what comes while a statement runs goes with the next one. */
export interface DocumentWrites {
  /** Resolves when it is durable. */
  keep(digest: string, body: Uint8Array): Promise<void>
  /** Puts back what the table lacked and the blob store had; durable some time later. */
  restore(documents: ReadonlyMap<string, Uint8Array>): Promise<void>
  /** `performance.now()` of the last `keep`. */
  readonly lastKept: number
  stop(): Promise<void>
}

/** More would make one statement, and its memory, large; the rest goes with the one after it. */
const MOST_AT_ONCE = 256

interface Waiting {
  readonly digest: string
  readonly body: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

// In hex, because the driver takes an array of byte strings for one.
const hexOf = (body: Uint8Array): string => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('hex')

export const openDocumentWrites = (sql: Sql): DocumentWrites => {
  const waiting: Waiting[] = []
  let writing: Promise<void> | undefined
  let lastKept = 0

  const write = async (batch: readonly Waiting[]): Promise<void> => {
    // sorted: two processes that write the same documents then never wait for each other both ways
    const documents = [...new Map(batch.map(({ digest, body }) => [digest, body]))].sort(([a], [b]) => (a < b ? -1 : 1))
    try {
      await sql.unsafe(
        `with added as (
           insert into documents (digest, body)
           select d.digest, decode(d.body, 'hex') from unnest($1::text[], $2::text[]) as d(digest, body)
           on conflict do nothing returning digest
         )
         insert into documents_to_copy (digest) select digest from added on conflict do nothing`,
        [documents.map(([digest]) => digest), documents.map(([, body]) => hexOf(body))] as never[],
        { prepare: true },
      )
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) await write(waiting.splice(0, MOST_AT_ONCE))
    writing = undefined
  }

  return {
    keep: (digest, body) => {
      lastKept = performance.now()
      return new Promise((resolve, reject) => {
        waiting.push({ digest, body, resolve, reject })
        writing ??= Promise.resolve().then(writeAll)
      })
    },
    async restore(documents) {
      await sql.unsafe(
        `with relaxed as (select set_config('synchronous_commit', 'off', true))
         insert into documents (digest, body)
         select d.digest, decode(d.body, 'hex') from relaxed, unnest($1::text[], $2::text[]) as d(digest, body)
         on conflict do nothing`,
        [[...documents.keys()], [...documents.values()].map(hexOf)] as never[],
        { prepare: true },
      )
    },
    get lastKept() {
      return lastKept
    },
    async stop() {
      await writing
    },
  }
}

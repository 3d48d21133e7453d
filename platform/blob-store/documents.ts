import type { MigrationSet } from '../database/migrations.ts'
import type { Sql } from 'postgres'
import type { Log } from '../log/log.ts'
import type { BlobStore } from './blob-store.ts'

/**
 * Small immutable documents (a version's manifest, a readme) by their sha256. The blob store holds them for good; a table
 * holds a copy, so that a page made of a thousand of them is one query. The table may be emptied at any time.
 */
export interface Documents {
  /** Durable in the blob store when it returns its sha256. */
  put(bytes: Uint8Array): Promise<string>
  /** All of them by digest; those that the table lacks are read from the blob store. */
  many(digests: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** Waits for the copies under way. */
  stop(): Promise<void>
}

export const documentMigrations: MigrationSet = {
  name: 'documents',
  files: [
    {
      id: '0001-documents',
      sql: `create table documents (digest text collate "C" primary key, body bytea not null)`,
    },
  ],
}

const MOST_WAITING = 10_000

/** Reads at once for one page; more would only queue at the disk. */
const READS_AT_ONCE = 16

export const openDocuments = (sql: Sql, blobs: BlobStore, log: Pick<Log, 'warn'>): Documents => {
  let waiting = new Map<string, Uint8Array>()
  let writing: Promise<void> | undefined

  const write = async (documents: ReadonlyMap<string, Uint8Array>): Promise<void> => {
    // in hex, because the driver takes an array of byte strings for one
    const bodies = [...documents.values()].map((body) => Buffer.from(body).toString('hex'))
    await sql.unsafe(
      `with relaxed as (select set_config('synchronous_commit', 'off', true))
       insert into documents (digest, body)
       select d.digest, decode(d.body, 'hex') from relaxed, unnest($1::text[], $2::text[]) as d(digest, body)
       on conflict do nothing`,
      [[...documents.keys()], bodies] as never[],
      { prepare: true },
    )
  }

  /** One statement at a time with all that came meanwhile. Nobody waits for it: whoever comes first reads the blob. */
  const writeSoon = (): void => {
    if (writing !== undefined || waiting.size === 0) return
    const documents = waiting
    waiting = new Map()
    writing = write(documents)
      .catch((error: unknown) => log.warn({ err: error }, 'documents could not be copied; they are read as blobs'))
      .finally(() => {
        writing = undefined
        writeSoon()
      })
  }

  const keep = (digest: string, body: Uint8Array): void => {
    // more than this only while the database does not answer
    if (waiting.size >= MOST_WAITING) return
    waiting.set(digest, body)
    writeSoon()
  }

  const fromBlobs = async (missing: readonly string[]): Promise<Map<string, Buffer>> => {
    const found = new Map<string, Buffer>()
    for (let start = 0; start < missing.length; start += READS_AT_ONCE) {
      const digests = missing.slice(start, start + READS_AT_ONCE)
      const bodies = await Promise.all(digests.map((digest) => blobs.read(digest)))
      for (const [index, digest] of digests.entries()) {
        const body = bodies[index] as Buffer
        keep(digest, body)
        found.set(digest, body)
      }
    }
    return found
  }

  return {
    async put(bytes) {
      const { digests } = await blobs.put(bytes)
      keep(digests.sha256, bytes)
      return digests.sha256
    },

    async many(digests) {
      const rows = await sql<{ digest: string; body: Buffer }[]>`
        select digest, body from documents where digest = any(${digests as string[]})`
      const found = new Map(rows.map(({ digest, body }) => [digest, body]))
      const missing = [...new Set(digests)].filter((digest) => !found.has(digest))
      if (missing.length > 0) for (const [digest, body] of await fromBlobs(missing)) found.set(digest, body)
      return found
    },

    async stop() {
      while (writing !== undefined) await writing
    },
  }
}

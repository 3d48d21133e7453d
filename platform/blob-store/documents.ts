import type { MigrationSet } from '../database/migrations.ts'
import type { Sql } from 'postgres'
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

/** Reads at once for one page; more would only queue at the disk. */
const READS_AT_ONCE = 16

export const openDocuments = (sql: Sql, blobs: BlobStore): Documents => {
  const keep = async (digests: readonly string[], bodies: readonly Uint8Array[]): Promise<void> => {
    // in hex, because the driver takes an array of byte strings for one
    await sql.unsafe(
      `with relaxed as (select set_config('synchronous_commit', 'off', true))
       insert into documents (digest, body)
       select d.digest, decode(d.body, 'hex') from relaxed, unnest($1::text[], $2::text[]) as d(digest, body)
       on conflict do nothing`,
      [digests, bodies.map((body) => Buffer.from(body).toString('hex'))] as never[],
      { prepare: true },
    )
  }

  const fromBlobs = async (missing: readonly string[]): Promise<Map<string, Buffer>> => {
    const found = new Map<string, Buffer>()
    for (let start = 0; start < missing.length; start += READS_AT_ONCE) {
      const digests = missing.slice(start, start + READS_AT_ONCE)
      const bodies = await Promise.all(digests.map((digest) => blobs.read(digest)))
      await keep(digests, bodies)
      digests.forEach((digest, index) => found.set(digest, bodies[index] as Buffer))
    }
    return found
  }

  return {
    async put(bytes) {
      const { digests } = await blobs.put(bytes)
      await keep([digests.sha256], [bytes])
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
  }
}

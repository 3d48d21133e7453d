import { hash } from 'node:crypto'
import type { Sql } from 'postgres'
import type { MigrationSet } from '../database/migrations.ts'
import type { Log } from '../log/log.ts'
import type { BlobStore } from './blob-store.ts'
import { startDocumentCopies } from './document-copies.ts'
import { openDocumentWrites } from './document-writes.ts'

/**
 * Small immutable documents (a version's manifest, a readme) by their sha256. They are made durable in a table, many in one
 * commit, which also makes a page of a thousand of them one query; a file or object of its own for each would cost more than
 * everything else that a publish does. When nothing is being put they are copied into the blob store, which then holds
 * every byte that the log names; what the table lacks is read from there.
 */
export interface Documents {
  /** Returns its sha256 when it is durable. Throws `unavailable`, and what the database throws. */
  put(bytes: Uint8Array): Promise<string>
  /** All of them by digest. Throws `blob-missing` for one that is nowhere. */
  many(digests: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** Waits for the writes and the copies under way; those not begun are made after the next start. */
  stop(): Promise<void>
}

export const documentMigrations: MigrationSet = {
  name: 'documents',
  files: [
    {
      id: '0001-documents',
      sql: `create table documents (digest text collate "C" primary key, body bytea not null)`,
    },
    {
      id: '0002-documents-to-copy',
      sql: `create table documents_to_copy (digest text collate "C" primary key)`,
    },
  ],
}

/** What is larger is a blob first, so that a batch of documents stays a small statement. */
const MOST_BYTES = 65_536

/** Reads at once for one page; more would only queue at the disk. */
const READS_AT_ONCE = 16

export const openDocuments = (sql: Sql, blobs: BlobStore, log: Pick<Log, 'warn'>): Documents => {
  const writes = openDocumentWrites(sql)
  const copies = startDocumentCopies(sql, blobs, writes, log)

  const fromBlobs = async (missing: readonly string[]): Promise<Map<string, Buffer>> => {
    const found = new Map<string, Buffer>()
    for (let start = 0; start < missing.length; start += READS_AT_ONCE) {
      const digests = missing.slice(start, start + READS_AT_ONCE)
      const bodies = await Promise.all(digests.map((digest) => blobs.read(digest)))
      digests.forEach((digest, index) => found.set(digest, bodies[index] as Buffer))
    }
    // they are served without it; a table that cannot be written now is filled by a later reader
    writes
      .restore(found)
      .catch((error: unknown) => log.warn({ err: error }, 'documents could not be copied; they are read as blobs'))
    return found
  }

  return {
    async put(bytes) {
      if (bytes.length > MOST_BYTES) return (await blobs.put(bytes)).digests.sha256
      const digest = hash('sha256', bytes, 'hex')
      await writes.keep(digest, bytes)
      return digest
    },

    async many(digests) {
      const rows = await sql<{ digest: string; body: Buffer }[]>`
        select digest, body from documents where digest = any(${digests})`
      const found = new Map(rows.map(({ digest, body }) => [digest, body]))
      const missing = [...new Set(digests)].filter((digest) => !found.has(digest))
      if (missing.length > 0) for (const [digest, body] of await fromBlobs(missing)) found.set(digest, body)
      return found
    },

    async stop() {
      await copies.stop()
      await writes.stop()
    },
  }
}

import { setTimeout as delay } from 'node:timers/promises'
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

/** Copies are collected for this long, so that many publishes share a statement. */
const COLLECT_MILLISECONDS = 50

/** Reads at once for one page; more would only queue at the disk. */
const READS_AT_ONCE = 16

export const openDocuments = (sql: Sql, blobs: BlobStore, log: Pick<Log, 'warn'>): Documents => {
  let waiting = new Map<string, Buffer>()
  let underway = new Map<string, Buffer>()
  let writing: Promise<void> | undefined

  const stopping = new AbortController()

  const write = async (documents: ReadonlyMap<string, Buffer>): Promise<void> => {
    // in hex, because the driver takes an array of byte strings for one
    const bodies = [...documents.values()].map((body) => body.toString('hex'))
    await sql.unsafe(
      `with relaxed as (select set_config('synchronous_commit', 'off', true))
       insert into documents (digest, body)
       select d.digest, decode(d.body, 'hex') from relaxed, unnest($1::text[], $2::text[]) as d(digest, body)
       on conflict do nothing`,
      [[...documents.keys()], bodies] as never[],
      { prepare: true },
    )
  }

  /** One statement at a time with all that came meanwhile. Nobody waits for it: until then they are read from memory. */
  const writeSoon = (): void => {
    if (writing !== undefined || waiting.size === 0) return
    writing = delay(COLLECT_MILLISECONDS, undefined, { signal: stopping.signal })
      .catch(() => undefined) // stopping: written at once
      .then(() => {
        underway = waiting
        waiting = new Map()
        return write(underway)
      })
      .catch((error: unknown) => log.warn({ err: error }, 'documents could not be copied; they are read as blobs'))
      .finally(() => {
        underway = new Map()
        writing = undefined
        writeSoon()
      })
  }

  const keep = (digest: string, body: Buffer): void => {
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
      keep(digests.sha256, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      return digests.sha256
    },

    async many(digests) {
      const found = new Map<string, Buffer>()
      for (const digest of digests) {
        const body = waiting.get(digest) ?? underway.get(digest)
        if (body !== undefined) found.set(digest, body)
      }
      const others = digests.filter((digest) => !found.has(digest))
      if (others.length === 0) return found
      const rows = await sql<{ digest: string; body: Buffer }[]>`
        select digest, body from documents where digest = any(${others})`
      for (const { digest, body } of rows) found.set(digest, body)
      const missing = [...new Set(digests)].filter((digest) => !found.has(digest))
      if (missing.length > 0) for (const [digest, body] of await fromBlobs(missing)) found.set(digest, body)
      return found
    },

    async stop() {
      stopping.abort()
      while (writing !== undefined) await writing
    },
  }
}

import { deserialize, serialize } from 'node:v8'
import type { Sql } from '../platform/database/database.ts'
import type { MigrationSet } from '../platform/database/migrations.ts'
import type { Log } from '../platform/log/log.ts'
import type { Fold } from './fold.ts'

/** Folds of long streams, so that they are not read from their beginning after every start. They may be dropped at any time. */
export interface FoldSnapshots {
  /** Undefined for most streams, without asking the database. */
  find(stream: string): Promise<Fold<unknown> | undefined>
  /** Written in the background; `read` is how many events had to be read for it. */
  keep(stream: string, fold: Fold<unknown>, read: number): void
  /** Waits for what is being written. */
  stop(): Promise<void>
}

export const foldSnapshotMigrations: MigrationSet = {
  name: 'fold-snapshots',
  files: [
    {
      id: '0001-fold-snapshots',
      sql: `
        create table fold_snapshots (
          stream   text collate "C" primary key,
          store_id text collate "C" not null,
          version  text collate "C" not null,
          revision bigint not null,
          fold     bytea not null
        )`,
    },
  ],
}

/** A stream of which more than this was read at once gets a snapshot. */
export const SNAPSHOT_AFTER_EVENTS = 500

export interface FoldSnapshotsOptions {
  readonly sql: Sql
  /** A snapshot is of one log only. */
  readonly storeId: string
  /** The form of a state may change with every version of Waybill: what another one wrote is not read. */
  readonly version: string
  readonly log: Pick<Log, 'warn'>
}

export const openFoldSnapshots = async ({
  sql,
  storeId,
  version,
  log,
}: FoldSnapshotsOptions): Promise<FoldSnapshots> => {
  await sql`delete from fold_snapshots where store_id <> ${storeId} or version <> ${version}`
  const rows = await sql<{ stream: string }[]>`select stream from fold_snapshots`
  const known = new Set(rows.map(({ stream }) => stream))
  const writing = new Set<Promise<void>>()

  const write = async (stream: string, fold: Fold<unknown>): Promise<void> => {
    const bytes = serialize(fold)
    await sql`
      insert into fold_snapshots (stream, store_id, version, revision, fold)
      values (${stream}, ${storeId}, ${version}, ${fold.revision}, ${bytes})
      on conflict (stream) do update
      set store_id = excluded.store_id, version = excluded.version, revision = excluded.revision, fold = excluded.fold
      where fold_snapshots.revision < excluded.revision or fold_snapshots.version <> excluded.version`
    known.add(stream)
  }

  return {
    async find(stream) {
      if (!known.has(stream)) return undefined
      const [row] = await sql<{ fold: Buffer }[]>`
        select fold from fold_snapshots
        where stream = ${stream} and store_id = ${storeId} and version = ${version}`
      return row === undefined ? undefined : (deserialize(row.fold) as Fold<unknown>)
    },
    keep(stream, fold, read) {
      if (read <= SNAPSHOT_AFTER_EVENTS) return
      const written = write(stream, fold)
        .catch((error: unknown) => log.warn({ err: error, stream }, 'a snapshot could not be written'))
        .finally(() => writing.delete(written))
      writing.add(written)
    },
    async stop() {
      await Promise.all(writing)
    },
  }
}

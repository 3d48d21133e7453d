import type { MigrationSet } from '../platform/database/migrations.ts'
import type { Sql, TransactionSql } from 'postgres'
import { START, type Position } from '../platform/event-store/event-store.ts'
import { runStatements, type ReadModel } from './read-model.ts'

/** One build of a read model: its own table, its own checkpoint. At most one build of a model is live. */
export interface Build {
  readonly name: string
  readonly version: number
  readonly build: number
  readonly table: string
  readonly checkpoint: Position
  readonly live: boolean
  /** Why the model was halted: an event that it cannot apply. */
  readonly error: string | null
}

export const buildMigrations: MigrationSet = {
  name: 'read-models',
  files: [
    {
      id: '0001-read-models',
      sql: `
        create table read_models (
          name       text not null,
          version    integer not null,
          build      integer not null,
          checkpoint text collate "C" not null,
          live       boolean not null default false,
          error      text,
          primary key (name, build)
        );
        create unique index read_models_live on read_models (name) where live;
        create table read_model_store (store_id text not null, singleton boolean primary key default true check (singleton));`,
    },
  ],
}

const tableOf = (name: string, version: number, build: number): string => `${name}_v${version}_b${build}`

type Row = Omit<Build, 'table'>

const withTable = (row: Row): Build => ({ ...row, table: tableOf(row.name, row.version, row.build) })

export const listBuilds = async (sql: Sql | TransactionSql): Promise<Build[]> => {
  const rows = await sql<Row[]>`
    select name, version, build, checkpoint, live, error from read_models order by name, build`
  return rows.map(withTable)
}

/** Creates the table of a new build at the start of the log, without indexes. */
export const beginBuild = async (sql: Sql, model: ReadModel): Promise<Build> =>
  sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('read_models'))`
    const [row] = await tx<Row[]>`
      insert into read_models (name, version, build, checkpoint)
      select ${model.name}, ${model.version}, coalesce(max(build), 0) + 1, ${START}
      from read_models where name = ${model.name}
      returning name, version, build, checkpoint, live, error`
    const build = withTable(row as Row)
    await runStatements(tx, model.table, build.table)
    return build
  })

export const dropBuild = async (sql: Sql | TransactionSql, build: Build): Promise<void> => {
  await sql.unsafe(`drop table if exists ${build.table} cascade`)
  await sql`delete from read_models where name = ${build.name} and build = ${build.build}`
}

/**
 * Makes the build the live one, inside the caller's transaction: readers see the old table until it commits and the new one
 * from then on. The build that it replaces is dropped.
 */
export const switchTo = async (tx: TransactionSql, build: Build): Promise<void> => {
  const before = (await listBuilds(tx)).filter(({ name, live }) => name === build.name && live)
  await tx.unsafe(`drop view if exists ${build.name}`)
  await tx`update read_models set live = false where name = ${build.name} and live`
  await tx.unsafe(`create view ${build.name} as select * from ${build.table}`)
  await tx`update read_models set live = true where name = ${build.name} and build = ${build.build}`
  for (const old of before) await dropBuild(tx, old)
}

/** Thrown when a build is not where this process believed: another process moved it on or replaced it. */
export class CheckpointMoved extends Error {}

/**
 * Moves checkpoints by compare-and-set; the rows stay locked until the transaction ends. The statement is on its way when this
 * returns its promise: what is sent next comes behind it.
 */
export const moveCheckpoints = async (tx: TransactionSql, builds: readonly Build[], to: Position): Promise<void> => {
  // read models are rebuildable and their checkpoint is lost together with their rows: no need to wait for the disk
  const moved = await tx
    .unsafe(
      `with relaxed as (select set_config('synchronous_commit', 'off', true))
       update read_models m set checkpoint = $4
       from relaxed, unnest($1::text[], $2::int[], $3::text[]) as k(name, build, checkpoint)
       where m.name = k.name and m.build = k.build and m.checkpoint = k.checkpoint`,
      [builds.map((b) => b.name), builds.map((b) => b.build), builds.map((b) => b.checkpoint), to] as never[],
      { prepare: true },
    )
    .execute()
  if (moved.count !== builds.length) throw new CheckpointMoved(`a checkpoint is no longer at ${builds[0]?.checkpoint}`)
}

import type { TransactionSql } from 'postgres'
import { PlatformError } from '../platform-error.ts'
import type { Sql } from './database.ts'

/** One step of a schema. `id` starts with its number (`0001-events`) and is never reused or edited once released. */
export interface Migration {
  readonly id: string
  readonly sql: string
}

/** The steps of one part of the schema, in order. Sets do not know each other. */
export interface MigrationSet {
  readonly name: string
  readonly files: readonly Migration[]
}

/** Any number that nothing else in the database locks. */
const LOCK = 8_420_001

/**
 * Brings one set up to date: each step runs once, in its own transaction, under an advisory lock that keeps processes
 * that start together apart. Throws `unavailable` when the database was migrated by a newer Waybill.
 */
export const migrate = async (sql: Sql, { name, files }: MigrationSet): Promise<void> => {
  checkOrder(name, files)
  await ensureTable(sql)
  const applied = await sql<{ id: string }[]>`select id from waybill_migrations where set = ${name}`
  const known = new Set(files.map(({ id }) => id))
  const unknown = applied.find(({ id }) => !known.has(id))
  if (unknown !== undefined) {
    throw new PlatformError(
      'unavailable',
      `the database was changed by a newer Waybill (step ${unknown.id} of ${name}): start that version`,
    )
  }
  const done = new Set(applied.map(({ id }) => id))
  for (const file of files) if (!done.has(file.id)) await applyOnce(sql, name, file)
}

const ensureTable = async (sql: Sql): Promise<void> => {
  const [row] = await sql<{ exists: boolean }[]>`select to_regclass('waybill_migrations') is not null as exists`
  if (row?.exists === true) return
  await underLock(sql, async (transaction) => {
    await transaction`
      create table if not exists waybill_migrations (
        set text not null,
        id text not null,
        applied_at timestamptz not null default now(),
        primary key (set, id)
      )`
  })
}

const applyOnce = async (sql: Sql, name: string, file: Migration): Promise<void> => {
  await underLock(sql, async (transaction) => {
    const [found] = await transaction`select 1 from waybill_migrations where set = ${name} and id = ${file.id}`
    if (found !== undefined) return
    await transaction.unsafe(file.sql)
    await transaction`insert into waybill_migrations (set, id) values (${name}, ${file.id})`
  })
}

const underLock = async (sql: Sql, work: (transaction: TransactionSql) => Promise<void>): Promise<void> => {
  await sql.begin(async (transaction) => {
    // The pool's limits are for requests; a step may take long, and may wait for another process that is taking it.
    await transaction`select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)`
    await transaction`select pg_advisory_xact_lock(${LOCK})`
    await work(transaction)
  })
}

const checkOrder = (name: string, files: readonly Migration[]): void => {
  for (const [index, { id }] of files.entries()) {
    if (/^\d{4}-/.test(id) && Number(id.slice(0, 4)) === index + 1) continue
    throw new Error(`migration ${id} of ${name} is not number ${index + 1}`)
  }
}

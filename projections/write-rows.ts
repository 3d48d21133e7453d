import type { TransactionSql } from 'postgres'
import { withoutNul, type Value } from '../platform/database/copy.ts'

/** Name and SQL type of each column, in the order of a row's values. */
export type Columns = readonly (readonly [name: string, type: string])[]

/** Adds rows to a table in the caller's transaction. The ways of doing so store the same. */
export type WriteRows = (
  sql: TransactionSql,
  table: string,
  columns: Columns,
  rows: readonly (readonly Value[])[],
) => Promise<void>

/** How a model writes. For many batches in one transaction it may hold back what is likely to change again. */
export interface Writing {
  readonly write: WriteRows
  /** Waits for a statement that was sent, or leaves that to whoever ends the transaction: what follows is sent at once then. */
  readonly done: (statement: Promise<unknown>) => Promise<unknown>
  /** What was held back so far, by key; the model's own, empty at first. */
  readonly held: Map<string, unknown>
  /** How many keys may be held back after this batch: with 0 everything is written. */
  readonly hold: number
}

/** Booleans go as text and are cast by the server, because the driver takes an array of them for one boolean. */
const parameter = (value: Value | undefined): string | number | null => {
  if (typeof value === 'string') return withoutNul(value)
  return typeof value === 'boolean' ? String(value) : (value ?? null)
}

const parameterOf = (type: string, index: number): string =>
  type === 'boolean' ? `$${index + 1}::text[]::boolean[]` : `$${index + 1}::${type}[]`

/** By one prepared insert, which other statements may follow at once: for the batches of a projector. */
export const insertRows: WriteRows = async (sql, table, columns, rows) => {
  if (rows.length === 0) return
  await sql.unsafe(
    `insert into ${table} (${columns.map(([name]) => name).join(', ')})
     select * from unnest(${columns.map(([, type], index) => parameterOf(type, index)).join(', ')})`,
    columns.map((_, index) => rows.map((row) => parameter(row[index]))) as never[],
    { prepare: true },
  )
}

/** As `insertRows` does, one statement after another, and nothing held back. */
export const inserting = (): Writing => ({
  write: insertRows,
  done: (statement) => statement,
  held: new Map(),
  hold: 0,
})

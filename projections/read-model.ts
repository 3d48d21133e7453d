import { readFileSync } from 'node:fs'
import type { Sql, TransactionSql } from 'postgres'
import type { RecordedEvent } from '../platform/event-store/event-store.ts'
import type { Writing } from './write-rows.ts'

/**
 * A read model: one table that follows the log. Each build of it has a table of its own (`{name}_v{version}_b{build}`); a view
 * `{name}` shows the build that is live, so that a new version is built beside the old one and switched in a moment.
 */
export interface ReadModel {
  readonly name: string
  /** Raised whenever the table or the meaning of its rows changes; a higher one is built from the start of the log. */
  readonly version: number
  /** Statements that create `{table}`. */
  readonly table: string
  /** Statements that create its indexes: run at once for a new store, and last when a log is replayed. */
  readonly indexes: string
  /** Types of the events it needs, or all of them. */
  readonly handles: ReadonlySet<string> | 'all'
  /**
   * Applies events in log order inside the transaction that moves the checkpoint. Must be deterministic: the same events lead
   * to the same rows, in whatever batches they come. Written as `inserting()` says unless told otherwise.
   */
  apply(sql: TransactionSql, table: string, events: readonly RecordedEvent[], writing?: Writing): Promise<void>
}

const INDEXES = '-- indexes'

/** Reads a `table.sql`: what stands below the line `-- indexes` is created after a replay. `{table}` stands for the name. */
export const tableSql = (url: URL): { readonly table: string; readonly indexes: string } => {
  const [table = '', indexes = ''] = readFileSync(url, 'utf8').split(INDEXES)
  return { table, indexes }
}

export const wants = (model: ReadModel, event: RecordedEvent): boolean =>
  model.handles === 'all' || model.handles.has(event.type)

export const runStatements = async (sql: Sql | TransactionSql, statements: string, table: string): Promise<void> => {
  const text = statements.replaceAll('{table}', table).trim()
  if (text !== '') await sql.unsafe(text).simple()
}

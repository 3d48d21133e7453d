import type { TransactionSql } from 'postgres'
import { copyLine, copyLines } from '../platform/database/copy.ts'
import type { WriteRows, Writing } from './write-rows.ts'

/** By COPY: nothing else may be asked in the transaction until it is done. */
export const copyRows: WriteRows = async (sql: TransactionSql, table, columns, rows) => {
  if (rows.length === 0) return
  const names = columns.map(([name]) => name)
  const lines = rows.values().map(copyLine)
  await copyLines(sql, table, names, lines)
}

/** As `copyRows` does, with `hold` keys held back in `held` at most. */
export const copying = (held: Writing['held'], hold: number): Writing => ({
  write: copyRows,
  done: (statement) => statement,
  held,
  hold,
})

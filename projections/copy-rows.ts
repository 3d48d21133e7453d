import { finished } from 'node:stream/promises'
import type { TransactionSql } from 'postgres'
import { withoutNul, type Value, type WriteRows, type Writing } from './write-rows.ts'

/** Characters sent at once: the server works on them while the next ones are put together. */
const CHUNK = 128 * 1024

/** What means something else in COPY's text format than itself, and NUL, which Postgres does not store. */
const SPECIAL = /[\\\n\r\t\0]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const field = (value: Value): string => {
  if (value === null) return '\\N'
  if (typeof value !== 'string') return String(value)
  return SPECIAL.test(value) ? withoutNul(value).replace(/[\\\n\r\t]/g, (found) => ESCAPES[found] ?? found) : value
}

/** A row in the text format of COPY, with its line end. */
export const copyLine = (row: readonly Value[]): string => {
  let line = ''
  for (let index = 0; index < row.length; index++) line += (index === 0 ? '' : '\t') + field(row[index] as Value)
  return line + '\n'
}

/**
 * When a COPY fails after its last byte was sent, or its connection is lost then, the driver tells only the query, whose
 * promise was fulfilled when the COPY began.
 */
const failureOf = (query: Promise<unknown>): Promise<never> => {
  const failing = Promise.withResolvers<never>()
  failing.promise.catch(() => undefined) // awaited together with the stream's end, which may come first
  const settled = query as unknown as { reject: (error: unknown) => void }
  const reject = settled.reject.bind(query)
  settled.reject = (error) => {
    failing.reject(error)
    reject(error)
  }
  return failing.promise
}

/**
 * By COPY, several times faster than an insert of many rows. Until it is done nothing else may be asked in the transaction: the
 * server takes any other message for the end of the conversation.
 */
export const copyRows: WriteRows = async (sql: TransactionSql, table, columns, rows) => {
  if (rows.length === 0) return
  const query = sql.unsafe(`copy ${table} (${columns.map(([name]) => name).join(', ')}) from stdin`)
  const failure = failureOf(query)
  const stream = await query.writable()
  const end = finished(stream)
  let lines = ''
  for (const row of rows) {
    lines += copyLine(row)
    if (lines.length < CHUNK) continue
    stream.write(lines)
    lines = ''
  }
  stream.end(lines)
  await Promise.race([end, failure])
}

/** As `copyRows` does, with `hold` keys held back in `held` at most. */
export const copying = (held: Writing['held'], hold: number): Writing => ({
  write: copyRows,
  done: (statement) => statement,
  held,
  hold,
})

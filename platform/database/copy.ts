import { finished } from 'node:stream/promises'
import type { TransactionSql } from 'postgres'

export type Value = string | number | boolean | null

/** Postgres text cannot hold NUL; whoever stores what others wrote must not fail of one. */
export const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text)

/** Characters sent at once: the server works on them while the next ones are put together. */
const CHUNK = 128 * 1024

/** What means something else in COPY's text format than itself, besides the backslash, which is looked for first: JSON has no other. */
const SPECIAL = /[\n\r\t]/g
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const field = (value: Value): string => {
  if (value === null) return '\\N'
  if (typeof value !== 'string') return String(value)
  const text = withoutNul(value)
  const escaped = text.includes('\\') ? text.replaceAll('\\', '\\\\') : text
  return escaped.replace(SPECIAL, (found) => ESCAPES[found] ?? found)
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
 * Adds rows by COPY, several times faster than an insert of many. Only in a transaction, which has a connection to itself, and
 * nothing else may be asked there until it is done: the server takes any other message for the end of the conversation. On a
 * connection of the pool the driver would send the next statement that waits for one.
 */
export const copyLines = async (
  tx: TransactionSql,
  table: string,
  columns: readonly string[],
  lines: Iterable<string>,
): Promise<void> => {
  const query = tx.unsafe(`copy ${table} (${columns.join(', ')}) from stdin`)
  const failure = failureOf(query)
  const stream = await query.writable()
  const end = finished(stream)
  let chunk = ''
  for (const line of lines) {
    chunk += line
    if (chunk.length < CHUNK) continue
    stream.write(chunk)
    chunk = ''
  }
  stream.end(chunk)
  await Promise.race([end, failure])
}

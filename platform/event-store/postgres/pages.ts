import type postgres from 'postgres'
import type { Position, RecordedEvent } from '../event-store.ts'
import type { Page } from '../polled-subscription.ts'
import { columnOf, positionOf } from './positions.ts'

type Row = [
  position: string,
  revision: number,
  stream: string,
  type: string,
  id: string,
  data: string,
  metadata: string,
]

/** A page ends after this many bytes of data and metadata, so that a page of large events does not fill the memory. */
const PAGE_BYTES = 8 * 1024 * 1024

/** The next events after `after` in log order, at most `limit` and about 8 MiB of them. */
export const readPage = async (sql: postgres.Sql, after: Position, limit: number): Promise<Page> => {
  const rows = (await sql`
    select position, revision, stream, type, id, data, metadata
    from (
      select position, revision, stream, type, id, convert_from(data, 'UTF8') as data,
             convert_from(metadata, 'UTF8') as metadata, octet_length(data) + octet_length(metadata) as size,
             sum(octet_length(data) + octet_length(metadata)) over (order by position rows unbounded preceding) as total
      from event_store.events where position > ${columnOf(after)} order by position limit ${limit}
    ) page
    where total - size < ${PAGE_BYTES}
    order by position`.values()) as unknown as readonly Row[]
  const events = rows.map(recordedEvent)
  return { events, more: rows.length === limit || mayBeFull(rows) }
}

/** One stream from `fromRevision` on, in order. */
export const readStreamFrom = async (
  sql: postgres.Sql,
  stream: string,
  fromRevision: number,
): Promise<readonly RecordedEvent[]> => {
  const rows = (await sql`
    select position, revision, stream, type, id, convert_from(data, 'UTF8'), convert_from(metadata, 'UTF8')
    from event_store.events
    where stream_key = event_store.stream_key(${stream}) and revision >= ${fromRevision}
    order by revision`.values()) as unknown as readonly Row[]
  return rows.map(recordedEvent)
}

export const readHead = async (sql: postgres.Sql): Promise<Position> => {
  const [row] = await sql<{ head: string }[]>`select coalesce(max(position), 0) as head from event_store.events`
  return positionOf(row?.head ?? '')
}

const recordedEvent = ([position, revision, stream, type, id, data, metadata]: Row): RecordedEvent => ({
  id,
  type,
  data: JSON.parse(data),
  metadata: JSON.parse(metadata),
  stream,
  revision,
  position: positionOf(position),
})

/** A character of UTF-16 is at most 3 bytes of UTF-8, so this errs to the side of asking once more. */
const mayBeFull = (rows: readonly Row[]): boolean => {
  let characters = 0
  for (const row of rows) characters += row[5].length + row[6].length
  return characters * 3 >= PAGE_BYTES
}

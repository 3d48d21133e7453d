import type { Sql } from 'postgres'
import { justBefore, type Position } from '../../platform/event-store/event-store.ts'

/** The position that the log had reached at the instant: the last one whose instant is not later. Undefined: it is the head. */
export const positionAt = async (sql: Sql, instant: string): Promise<Position | undefined> => {
  const [next] = await sql<{ position: string }[]>`
    select position from log_clock where instant > ${instant} order by instant, position limit 1`
  return next === undefined ? undefined : justBefore(next.position)
}

/** The instant of a position, RFC 3339; undefined before the first event. */
export const instantAt = async (sql: Sql, position: Position): Promise<string | undefined> => {
  const [row] = await sql<{ instant: string }[]>`
    select instant from log_clock where position <= ${position} order by position desc limit 1`
  return row?.instant
}

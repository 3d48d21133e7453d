import type { TransactionSql } from 'postgres'
import { upcast } from '../domain/event-catalogue.ts'
import type { DomainEvent } from '../domain/event-type.ts'
import type { EventMetadata } from '../domain/metadata.ts'
import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import type { ReadModel } from './read-model.ts'
import { withoutNul, type Value } from '../platform/database/copy.ts'
import { inserting, type Columns } from './write-rows.ts'

/** Column types that a history table may have. JSON is kept as text: jsonb reorders keys. */
type ColumnType = 'text' | 'bigint' | 'boolean' | 'integer'

export type HistoryRow = Readonly<Record<string, Value>>

/** What an event does to the row of one key: the row as it stands from this event on, or undefined when it ends. */
export interface Change<Row> {
  readonly key: readonly string[]
  /** No row of this key can exist before this event: the table need not be asked. */
  readonly fresh?: boolean
  readonly next: (current: Row | undefined) => Row | undefined
}

export interface HistoryDefinition<Row extends HistoryRow> {
  readonly name: string
  readonly version: number
  readonly table: string
  readonly indexes: string
  readonly handles: readonly string[]
  /** Columns beside `valid_from` and `valid_to`, key columns first. */
  readonly columns: Readonly<Record<keyof Row & string, ColumnType>>
  /** How many of the columns make the key. */
  readonly keyLength: number
  readonly changes: (event: DomainEvent, recorded: RecordedEvent, metadata: EventMetadata) => readonly Change<Row>[]
}

interface Track<Row> {
  readonly key: readonly string[]
  /** Nothing has happened to it but its first change, which found no row. */
  fresh: boolean
  row: Row | undefined
  /** Position from which `row` is valid; undefined while it is the one in the table. */
  since: Position | undefined
  /** The row in the table ends here. */
  ended: Position | undefined
}

/** One text for a key, as the table holds it: without NUL, which therefore separates the parts. */
const idOf = (key: readonly string[]): string => {
  let id = ''
  for (const part of key) id += withoutNul(part) + '\0'
  return id
}

/**
 * A read model that keeps the past: each row has a validity range of positions [valid_from, valid_to), the current one has no
 * end. A batch of events becomes at most one read, one update and one insert, however many events it has.
 */
export const historyModel = <Row extends HistoryRow>(definition: HistoryDefinition<Row>): ReadModel => {
  const names = Object.keys(definition.columns) as (keyof Row & string)[]
  const columns: Columns = [
    ...names.map((name) => [name, definition.columns[name]] as const),
    ['valid_from', 'text'],
    ['valid_to', 'text'],
  ]
  const keyNames = names.slice(0, definition.keyLength)
  const keyArrays = keyNames.map((_, index) => `$${index + 1}::text[]`).join(', ')
  /**
   * The current row of a key `k`. The limit keeps the planner from turning the join round: while a table is small it would rather
   * read all of it, and that plan is kept when the table has grown.
   */
  const currentOf = (table: string, what: string): string =>
    `select ${what} from ${table} where ${keyNames.map((name) => `${name} = k.${name}`).join(' and ')} and valid_to is null limit 1`

  const load = async (sql: TransactionSql, table: string, asked: readonly Track<Row>[]): Promise<void> => {
    if (asked.length === 0) return
    const parameters = keyNames.map((_, index) => asked.map(({ key }) => withoutNul(key[index] as string)))
    const rows = await sql.unsafe<Row[]>(
      `select ${names.map((name) => `t.${name}`).join(', ')}
       from unnest(${keyArrays}) as k(${keyNames.join(', ')}) cross join lateral (${currentOf(table, '*')}) t`,
      parameters as never[],
      { prepare: true },
    )
    const byKey = new Map(rows.map((row) => [idOf(keyNames.map((name) => row[name] as string)), row]))
    for (const track of asked) {
      const row = byKey.get(idOf(track.key))
      if (row !== undefined) track.row = withNumbers(row)
    }
  }

  // the driver gives bigint as text, so that nothing is rounded; sizes fit a number
  const withNumbers = (row: Row): Row => {
    const copy: Record<string, Value> = {}
    for (const name of names) {
      const value = row[name] as Value
      copy[name] = definition.columns[name] === 'bigint' && value !== null ? Number(value) : value
    }
    return copy as Row
  }

  const close = async (sql: TransactionSql, table: string, tracks: readonly Track<Row>[]): Promise<void> => {
    const ended = tracks.filter((track) => track.ended !== undefined)
    if (ended.length === 0) return
    const parameters = keyNames.map((_, index) => ended.map(({ key }) => withoutNul(key[index] as string)))
    await sql.unsafe(
      `update ${table} t set valid_to = ended.valid_to
       from (
         select c.ctid as row, k.valid_to
         from unnest(${keyArrays}, $${keyNames.length + 1}::text[]) as k(${keyNames.join(', ')}, valid_to)
         cross join lateral (${currentOf(table, 'ctid')}) c
       ) ended
       where t.ctid = ended.row`,
      [...parameters, ended.map((track) => track.ended as string)] as never[],
      { prepare: true },
    )
  }

  const valuesOf = (row: Row, from: Position, to: Position | null): readonly Value[] => {
    const values: Value[] = []
    for (const name of names) values.push(row[name] as Value)
    values.push(from, to)
    return values
  }

  /** Brings the tracks forward and makes those that are missing. Returns the rows that began and ended meanwhile. */
  const follow = async (
    sql: TransactionSql,
    table: string,
    events: readonly RecordedEvent[],
    tracks: Map<string, Track<Row>>,
  ): Promise<(readonly Value[])[]> => {
    const steps: { track: Track<Row>; position: Position; next: Change<Row>['next'] }[] = []
    const asked: Track<Row>[] = []
    for (const recorded of events) {
      const { position } = recorded
      for (const change of definition.changes(upcast(recorded), recorded, recorded.metadata as EventMetadata)) {
        const { key, fresh = false, next } = change
        const id = idOf(key)
        const known = tracks.get(id)
        if (known === undefined && fresh) {
          const row = next(undefined)
          tracks.set(id, { key, fresh, row, since: row && position, ended: undefined })
          continue
        }
        const track = known ?? { key, fresh, row: undefined, since: undefined, ended: undefined }
        if (known === undefined) asked.push(track)
        else tracks.delete(id) // so that the map's order is that of their last changes
        track.fresh = false
        tracks.set(id, track)
        steps.push({ track, position, next })
      }
    }
    await load(sql, table, asked)

    const spans: (readonly Value[])[] = []
    for (const { track, position, next } of steps) {
      const before = track.row
      const after = next(before)
      if (after === before) continue
      if (before !== undefined) {
        if (track.since === undefined) track.ended = position
        else if (track.since !== position) spans.push(valuesOf(before, track.since, position))
      }
      track.row = after
      track.since = position
    }
    return spans
  }

  /** Takes off those that are over after this batch: all that had only their first change, and the oldest beyond `hold`. */
  const takeLeaving = (tracks: Map<string, Track<Row>>, hold: number): readonly Track<Row>[] => {
    const leaving: Track<Row>[] = []
    for (const [id, track] of tracks) {
      if (!track.fresh && tracks.size <= hold) continue
      leaving.push(track)
      tracks.delete(id)
    }
    return leaving
  }

  return {
    name: definition.name,
    version: definition.version,
    table: definition.table,
    indexes: definition.indexes,
    handles: new Set(definition.handles),

    async apply(sql, table, events, { write, done, held, hold } = inserting()) {
      const tracks = held as Map<string, Track<Row>>
      const spans = await follow(sql, table, events, tracks)
      const leaving = takeLeaving(tracks, hold)
      for (const { row, since } of leaving)
        if (row !== undefined && since !== undefined) spans.push(valuesOf(row, since, null))
      await done(close(sql, table, leaving))
      await done(write(sql, table, columns, spans))
    },
  }
}

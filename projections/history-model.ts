import type { TransactionSql } from 'postgres'
import { upcast } from '../domain/event-catalogue.ts'
import type { DomainEvent } from '../domain/event-type.ts'
import type { EventMetadata } from '../domain/metadata.ts'
import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import type { ReadModel } from './read-model.ts'

/** Column types that a history table may have. JSON is kept as text: jsonb reorders keys. */
type ColumnType = 'text' | 'bigint' | 'boolean' | 'integer'
type Value = string | number | boolean | null

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
  readonly fresh: boolean
  row: Row | undefined
  /** Position from which `row` is valid; undefined while it is the one in the table. */
  since: Position | undefined
  /** The row in the table ends here. */
  ended: Position | undefined
}

interface Span<Row> {
  readonly row: Row
  readonly from: Position
  readonly to: Position | null
}

/**
 * Postgres text cannot hold NUL; an event that has one must not halt the model. Booleans go as text and are cast by the
 * server, because the driver takes an array of them for one boolean.
 */
const storable = (value: Value): string | number | null => {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd')
  return typeof value === 'boolean' ? String(value) : value
}

const parameterOf = (type: string, index: number): string =>
  type === 'boolean' ? `$${index + 1}::text[]::boolean[]` : `$${index + 1}::${type}[]`

/**
 * A read model that keeps the past: each row has a validity range of positions [valid_from, valid_to), the current one has no
 * end. A batch of events becomes at most one read, one update and one insert, however many events it has.
 */
export const historyModel = <Row extends HistoryRow>(definition: HistoryDefinition<Row>): ReadModel => {
  const names = Object.keys(definition.columns) as (keyof Row & string)[]
  const types = names.map((name) => definition.columns[name])
  const keyNames = names.slice(0, definition.keyLength)
  const keyArrays = keyNames.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const keyMatch = keyNames.map((name) => `t.${name} = k.${name}`).join(' and ')

  const load = async (sql: TransactionSql, table: string, tracks: readonly Track<Row>[]): Promise<void> => {
    const asked = tracks.filter((track) => !track.fresh)
    if (asked.length === 0) return
    const parameters = keyNames.map((_, index) => asked.map(({ key }) => storable(key[index] as string)))
    const rows = await sql.unsafe<Row[]>(
      `select ${names.map((name) => `t.${name}`).join(', ')}
       from unnest(${keyArrays}) as k(${keyNames.join(', ')}) join ${table} t on ${keyMatch} and t.valid_to is null`,
      parameters as never[],
      { prepare: true },
    )
    const byKey = new Map(rows.map((row) => [JSON.stringify(keyNames.map((name) => row[name])), row]))
    for (const track of asked) {
      const row = byKey.get(JSON.stringify(track.key.map((part) => storable(part))))
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
    const parameters = keyNames.map((_, index) => ended.map(({ key }) => storable(key[index] as string)))
    await sql.unsafe(
      `update ${table} t set valid_to = k.valid_to
       from unnest(${keyArrays}, $${keyNames.length + 1}::text[]) as k(${keyNames.join(', ')}, valid_to)
       where ${keyMatch} and t.valid_to is null`,
      [...parameters, ended.map((track) => track.ended as string)] as never[],
      { prepare: true },
    )
  }

  const insert = async (sql: TransactionSql, table: string, spans: readonly Span<Row>[]): Promise<void> => {
    if (spans.length === 0) return
    const columns = [...names, 'valid_from', 'valid_to']
    const arrays = [...types, 'text', 'text'].map(parameterOf).join(', ')
    const parameters = [
      ...names.map((name) => spans.map(({ row }) => storable(row[name] as Value))),
      spans.map(({ from }) => from),
      spans.map(({ to }) => to),
    ]
    await sql.unsafe(
      `insert into ${table} (${columns.join(', ')}) select * from unnest(${arrays})`,
      parameters as never[],
      { prepare: true },
    )
  }

  return {
    name: definition.name,
    version: definition.version,
    table: definition.table,
    indexes: definition.indexes,
    handles: new Set(definition.handles),

    async apply(sql, table, events) {
      const steps: { track: Track<Row>; position: Position; next: Change<Row>['next'] }[] = []
      const tracks = new Map<string, Track<Row>>()
      for (const recorded of events) {
        for (const change of definition.changes(upcast(recorded), recorded, recorded.metadata as EventMetadata)) {
          const id = JSON.stringify(change.key)
          let track = tracks.get(id)
          if (track === undefined) {
            track = {
              key: change.key,
              fresh: change.fresh ?? false,
              row: undefined,
              since: undefined,
              ended: undefined,
            }
            tracks.set(id, track)
          }
          steps.push({ track, position: recorded.position, next: change.next })
        }
      }
      if (steps.length === 0) return
      const all = [...tracks.values()]
      await load(sql, table, all)

      const spans: Span<Row>[] = []
      for (const { track, position, next } of steps) {
        const before = track.row
        const after = next(before)
        if (after === before) continue
        if (before !== undefined) {
          if (track.since === undefined) track.ended = position
          else if (track.since !== position) spans.push({ row: before, from: track.since, to: position })
        }
        track.row = after
        track.since = position
      }
      for (const { row, since } of all)
        if (row !== undefined && since !== undefined) spans.push({ row, from: since, to: null })

      await close(sql, table, all)
      await insert(sql, table, spans)
    },
  }
}

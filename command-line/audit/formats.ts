import { stringify } from 'csv-stringify/sync'
import type { AuditEntry } from './audit-source.ts'

export type Format = 'ndjson' | 'csv'

/** A page of events as text that is written one after the other. */
export interface FormatWriter {
  /** What stands before everything. */
  readonly head: string
  page(entries: readonly AuditEntry[]): string
}

const ndjson: FormatWriter = {
  head: '',
  page: (entries) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
}

const COLUMNS: readonly (readonly [title: string, cell: (entry: AuditEntry) => string | null])[] = [
  ['position', ({ position }) => position],
  ['at', ({ at }) => at],
  ['type', ({ type }) => type],
  ['project', ({ project }) => project],
  ['repository', ({ repository }) => repository],
  ['subject', ({ subject }) => subject],
  ['actorKind', ({ actor }) => actor.kind],
  ['actorId', ({ actor }) => actor.id],
  ['actorLogin', ({ actor }) => actor.login],
  ['actorVia', ({ actor }) => actor.via],
  ['stream', ({ stream }) => stream],
  ['revision', ({ revision }) => String(revision)],
  ['eventId', ({ eventId }) => eventId],
  ['correlationId', ({ correlationId }) => correlationId],
  ['causationId', ({ causationId }) => causationId],
  ['data', ({ data }) => JSON.stringify(data)],
]

/**
 * Names in events are chosen by strangers, and a spreadsheet runs a cell that begins like a formula: such cells get an apostrophe
 * before them (OWASP, CSV injection).
 */
const rows = (cells: readonly (readonly (string | null)[])[]): string =>
  cells.length === 0 ? '' : stringify(cells as (string | null)[][], { escape_formulas: true })

const csv = (header: boolean): FormatWriter => ({
  head: header ? rows([COLUMNS.map(([title]) => title)]) : '',
  page: (entries) => rows(entries.map((entry) => COLUMNS.map(([, cell]) => cell(entry)))),
})

export const formatWriter = (format: Format, header: boolean): FormatWriter => (format === 'csv' ? csv(header) : ndjson)

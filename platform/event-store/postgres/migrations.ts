import { readFileSync } from 'node:fs'

const NAMES = ['0001-events'] as const

/** The schema of the Postgres adapter, for `migrate(sql, eventStoreMigrations)`. */
export const eventStoreMigrations = {
  name: 'event-store',
  files: NAMES.map((id) => ({ id, sql: readFileSync(new URL(`${id}.sql`, import.meta.url), 'utf8') })),
}

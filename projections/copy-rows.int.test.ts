import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Value } from '../platform/database/copy.ts'
import { openDatabase, type Database } from '../platform/database/database.ts'
import { quietLog, testDatabase, type TestDatabase } from '../test/postgres.ts'
import { startDebianPostgres, type DebianPostgres } from '../test/engines/debian-postgres.ts'
import { need } from '../test/servers.ts'
import { rowsOf } from '../test/registry/table-lines.ts'
import { copyRows } from './copy-rows.ts'
import { insertRows, type Columns, type WriteRows } from './write-rows.ts'

const COLUMNS: Columns = [
  ['name', 'text'],
  ['size', 'bigint'],
  ['shown', 'boolean'],
  ['steps', 'integer'],
]

const TEXTS = [
  '',
  '\\N',
  '\\.',
  'tab\tand\\t',
  'line\nend\r\n',
  '\r',
  'NUL \0 within',
  '"quoted", {braces}, NULL',
  'Grüße 😀 \u2028',
  'half a pair \ud83d',
  '\b\f\v\x1e\x7f',
  '\\\\\\',
  'x'.repeat(300_000) + '\n',
]
const ROWS: readonly (readonly Value[])[] = [
  ...TEXTS.map((text, index): readonly Value[] => [text, index - 1, index % 2 === 0, -index]),
  [null, null, null, null],
  ['largest', Number.MAX_SAFE_INTEGER, true, 2_147_483_647],
]

const TABLE = 'create table rows_written (name text, size bigint unique, shown boolean, steps integer)'

const written = async ({ long }: Database, write: WriteRows): Promise<string> => {
  await long.unsafe(TABLE)
  await long.begin((sql) => write(sql, 'rows_written', COLUMNS, ROWS))
  const rows = await rowsOf(long, 'rows_written')
  await long`drop table rows_written`
  return rows
}

let own: TestDatabase

beforeAll(async () => {
  own = await testDatabase()
})
afterAll(() => own.drop())

it('stores the same rows as inserts do, whatever their texts hold', async () => {
  const inserted = await written(own.database, insertRows)
  expect(await written(own.database, copyRows)).toBe(inserted)
  expect(inserted).toContain('NUL \ufffd within')
  expect(inserted.length).toBeGreaterThan(300_000)
})

it('says why the server refused rows, and leaves the connection fit for others', async () => {
  const { long } = own.database
  await long.unsafe(TABLE)
  const twice = [...ROWS, ['again', 0, true, 1]]
  const copying = long.begin((sql) => copyRows(sql, 'rows_written', COLUMNS, twice))
  await expect(copying).rejects.toMatchObject({ code: '23505' })
  for (let again = 0; again < 8; again++) expect(await long`select ${again}::int as n`).toEqual([{ n: again }])
  expect(await rowsOf(long, 'rows_written')).toBe('')
  await long`drop table rows_written`
})

it('fails when its connection is cut while the server still works on the rows', async () => {
  const { long, interactive } = own.database
  await long.unsafe(TABLE)
  // the insert of the same unique value is made to wait by another transaction
  const holding = await interactive.reserve()
  await holding`begin`
  await holding`insert into rows_written values ('held', 0, true, 0)`
  const copying = long.begin((sql) => copyRows(sql, 'rows_written', COLUMNS, ROWS))
  const cut = vi.waitFor(async () => {
    const killed = await interactive`
      select pg_terminate_backend(pid) from pg_stat_activity
      where query like 'copy rows_written%' and wait_event_type = 'Lock'`
    expect(killed).toHaveLength(1)
  }, 10_000)
  await expect(copying).rejects.toThrow()
  await cut
  await holding`rollback`
  holding.release()
  await long`drop table rows_written`
})

const debian = await need('postgres 15')

describe.skipIf(debian.missing)('on an external Postgres 15, over TCP', () => {
  let server: DebianPostgres
  let database: Database

  beforeAll(async () => {
    server = await startDebianPostgres()
    database = await openDatabase(await server.createDatabase(), { log: quietLog })
  })
  afterAll(async () => {
    await database.close()
    await server.close()
  })

  it('stores the same rows there', async () => {
    expect(await written(database, copyRows)).toBe(await written(own.database, insertRows))
  })
})

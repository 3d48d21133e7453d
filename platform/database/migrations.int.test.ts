import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate, type MigrationSet } from './migrations.ts'

const set: MigrationSet = {
  name: 'example',
  files: [
    { id: '0001-first', sql: 'create table numbers (n int); insert into numbers values (1)' },
    // Slow enough that processes which start together meet in it.
    { id: '0002-second', sql: 'select pg_sleep(0.3); insert into numbers values (2)' },
  ],
}

const third = { id: '0003-third', sql: 'insert into numbers values (3)' }

let test: TestDatabase

beforeEach(async () => {
  test = await testDatabase()
})

afterEach(() => test.drop())

const numbers = async (): Promise<number[]> =>
  (await test.database.interactive<{ n: number }[]>`select n from numbers order by n`).map(({ n }) => n)

describe('migrations', () => {
  it('run once each, in order, however often they are asked for', async () => {
    await migrate(test.database.long, set)
    await migrate(test.database.long, set)
    expect(await numbers()).toEqual([1, 2])
    await migrate(test.database.long, { ...set, files: [...set.files, third] })
    expect(await numbers()).toEqual([1, 2, 3])
  })

  it('run once when four processes start together', async () => {
    const script = fileURLToPath(new URL('../../test/migrate-process.ts', import.meta.url))
    const args = [script, JSON.stringify(test.connection), JSON.stringify(set)]
    await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, args)))
    expect(await numbers()).toEqual([1, 2])
  })

  it('of one set do not touch those of another', async () => {
    await migrate(test.database.long, set)
    await migrate(test.database.long, { name: 'other', files: [{ id: '0001-first', sql: 'create table others ()' }] })
    const rows = await test.database.interactive`select set, id from waybill_migrations order by set, id`
    expect([...rows]).toEqual([
      { set: 'example', id: '0001-first' },
      { set: 'example', id: '0002-second' },
      { set: 'other', id: '0001-first' },
    ])
  })

  it('leave nothing of a step that fails, and go on from there next time', async () => {
    const broken = { id: '0003-third', sql: 'insert into numbers values (3); select 1 / 0' }
    await expect(migrate(test.database.long, { ...set, files: [...set.files, broken] })).rejects.toThrow(
      'division by zero',
    )
    expect(await numbers()).toEqual([1, 2])
    await migrate(test.database.long, { ...set, files: [...set.files, third] })
    expect(await numbers()).toEqual([1, 2, 3])
  })

  it('are not bound by the pool’s limits for a statement', async () => {
    await test.database.appends`create table held ()`
    const slow = { id: '0001-slow', sql: `select pg_sleep(0.5)` }
    const { appends } = test.database
    await appends.unsafe(`alter database ${test.connection.database} set statement_timeout = '100ms'`)
    await migrate(appends, { name: 'slow', files: [slow] })
    const [row] = await appends`select current_setting('statement_timeout') as limit`
    expect(row).toEqual({ limit: '10s' })
  })

  it('refuse a database that a newer Waybill has changed', async () => {
    await migrate(test.database.long, { ...set, files: [...set.files, third] })
    await expect(migrate(test.database.long, set)).rejects.toThrow(
      'the database was changed by a newer Waybill (step 0003-third of example): start that version',
    )
  })

  it('refuse a list that is not numbered without gaps', async () => {
    await expect(migrate(test.database.long, { name: 'gap', files: [third] })).rejects.toThrow(
      'migration 0003-third of gap is not number 1',
    )
  })
})

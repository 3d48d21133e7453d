import { afterAll, beforeAll, expect, it } from 'vitest'
import { silent } from '../../test/core.ts'
import { testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate } from '../../platform/database/migrations.ts'
import { newId } from '../../platform/ids.ts'
import { workerMigrations } from '../migrations.ts'
import { openTryNotes } from './try-notes.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
  await migrate(database.database.long, workerMigrations)
})

afterAll(() => database.drop())

it('notes a failed try also when its row was locked at that moment', async () => {
  const { interactive: sql, long } = database.database
  const id = newId()
  await sql`insert into process_managers (name, version, checkpoint, state) values ('m', 1, '', '{}')`
  await sql`
    insert into pending_jobs (id, manager, kind, lane, priority, data) values (${id}, 'm', 'k', 'l', 'normal', '{}')`
  const notes = openTryNotes(sql, silent)
  await long.begin(async (tx) => {
    await tx`select from pending_jobs where id = ${id} for update`
    notes.failed(id, 3, 'nobody is there')
    await new Promise((resume) => setTimeout(resume, 1500))
  })
  const attempts = async () =>
    (await sql<{ attempts: number }[]>`select attempts from pending_jobs where id = ${id}`)[0]
  await expect.poll(attempts, { timeout: 5000 }).toEqual({ attempts: 3 })
  await notes.stop()
})

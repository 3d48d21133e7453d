import { afterAll, beforeAll, expect, it } from 'vitest'
import { quietLog, testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate } from '../database/migrations.ts'
import { announcePresence, presenceMigrations } from './presence.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
  await migrate(database.database.long, presenceMigrations)
})

afterAll(() => database.drop())

it('tells whether another process is there, and forgets one that stopped or was not seen for a while', async () => {
  const sql = database.database.interactive
  const first = await announcePresence(sql, quietLog)
  expect(first.others).toBe(false)
  const second = await announcePresence(sql, quietLog)
  expect(second.others).toBe(true)
  await second.stop()
  await sql`update presence set seen_at = now() - interval '16 seconds'`
  const third = await announcePresence(sql, quietLog)
  expect(third.others).toBe(false)
  const known = await sql<{ process: string }[]>`select process from presence`
  expect(known).toHaveLength(1)
  await third.stop()
  await first.stop()
})

it('sees a process that came later by its next beat', async () => {
  const sql = database.database.interactive
  const first = await announcePresence(sql, quietLog)
  const second = await announcePresence(sql, quietLog)
  await expect.poll(() => first.others, { timeout: 10_000 }).toBe(true)
  await second.stop()
  await expect.poll(() => first.others, { timeout: 10_000 }).toBe(false)
  await first.stop()
})

import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { quietLog, testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate } from '../../platform/database/migrations.ts'
import { leaseMigrations } from '../../platform/leases/lease-migrations.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'
import { listUpkeepRuns, listUpkeepTasks } from '../../projections/upkeep/queries.ts'
import { startUpkeep } from './start-upkeep.ts'
import { upkeepMigrations } from './task-record.ts'
import type { UpkeepTask } from './upkeep-task.ts'

let database: TestDatabase
let now = Date.parse('2026-03-01T10:00:00Z')
const ends: (() => Promise<void>)[] = []

beforeAll(async () => {
  database = await testDatabase()
  for (const set of [leaseMigrations, upkeepMigrations]) await migrate(database.database.long, set)
})

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  await database.database.interactive`truncate upkeep_tasks, upkeep_runs`
})

afterAll(() => database.drop())

const sqlOf = () => database.database.interactive

/** One process that does the tasks. */
const start = (tasks: readonly UpkeepTask[]) => {
  const leases = openPostgresLeases(sqlOf(), quietLog)
  const registry = new Registry()
  const upkeep = startUpkeep({
    sql: sqlOf(),
    leases,
    clock: { now: () => now },
    log: quietLog,
    registry,
    tasks,
    lookMs: 20,
  })
  const stop = async (): Promise<void> => {
    await upkeep.stop()
    await leases.close()
  }
  ends.push(stop)
  return { upkeep, registry, stop }
}

const hourly = (run: () => Promise<number>): UpkeepTask => ({
  name: 'sweeping',
  summary: 'Sweeps.',
  schedule: '17 * * * *',
  run,
})

const listed = async () => (await listUpkeepTasks(sqlOf()))[0]
const runs = () => listUpkeepRuns(sqlOf(), 'sweeping', 10)
const HOUR = 3_600_000

it('does a task at its times, and shows what it freed and when it is next', async () => {
  let done = 0
  const { registry } = start([hourly(() => Promise.resolve(++done * 3))])
  await expect.poll(listed).toMatchObject({ summary: 'Sweeps.', beganAt: null, failures: 0 })
  expect((await listed())?.nextAt.toISOString()).toBe('2026-03-01T10:17:00.000Z')
  expect(done).toBe(0)

  now += HOUR
  await expect.poll(async () => (await runs()).length).toBe(1)
  now += HOUR
  await expect.poll(async () => (await runs()).length).toBe(2)
  expect((await runs()).map(({ freed, error }) => [freed, error])).toEqual([
    [6, null],
    [3, null],
  ])
  expect((await listed())?.nextAt.toISOString()).toBe('2026-03-01T12:17:00.000Z')
  expect(await registry.metrics()).toContain('waybill_upkeep_freed_total{task="sweeping"} 9')
})

it('tries what failed again, and says why it failed', async () => {
  let tries = 0
  const { registry } = start([
    hourly(() => (++tries < 3 ? Promise.reject(new Error('the disk is away')) : Promise.resolve(5))),
  ])
  await expect.poll(listed).toBeDefined()
  now += HOUR
  await expect.poll(async () => (await listed())?.failures).toBe(1)
  expect(await registry.metrics()).toContain('waybill_upkeep_failures{task="sweeping"} 1')
  now += 60_000
  await expect.poll(async () => (await listed())?.failures).toBe(2)
  now += 120_000
  await expect.poll(async () => (await listed())?.failures).toBe(0)
  expect((await runs()).map(({ freed, error }) => freed ?? error)).toEqual([5, 'the disk is away', 'the disk is away'])
})

it('is done by one of several processes, and by another when that one ends', async () => {
  const done: string[] = []
  const as = (name: string) => start([hourly(() => Promise.resolve(done.push(name)))])
  const all = { a: as('a'), b: as('b'), c: as('c') }
  await expect.poll(() => Object.values(all).filter(({ upkeep }) => upkeep.leads).length).toBe(1)
  await expect.poll(listed).toBeDefined()
  now += HOUR
  await expect.poll(() => done.length).toBe(1)
  const first = done[0] as keyof typeof all
  await all[first].stop()
  await expect.poll(() => Object.values(all).filter(({ upkeep }) => upkeep.leads).length, { timeout: 5000 }).toBe(1)
  now += HOUR
  await expect.poll(() => done.length, { timeout: 5000 }).toBe(2)
  expect(done[1]).not.toBe(first)
})

it('forgets tasks that are no more', async () => {
  const { stop } = start([hourly(() => Promise.resolve(0))])
  await expect.poll(listed).toBeDefined()
  await stop()
  start([{ ...hourly(() => Promise.resolve(0)), name: 'another' }])
  await expect.poll(async () => (await listed())?.name, { timeout: 5000 }).toBe('another')
})

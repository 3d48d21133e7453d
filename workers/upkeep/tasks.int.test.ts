import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCore, type TestCore } from '../../test/core.ts'
import { systemClock } from '../../platform/clock.ts'
import { openDeliveryLog, type DeliveryLog } from '../../platform/delivery-log/delivery-log.ts'
import { quietLog } from '../../test/postgres.ts'
import { nextTime } from './due.ts'
import { upkeepTasks } from './tasks.ts'

let core: TestCore
let deliveries: DeliveryLog

beforeAll(async () => {
  core = await openCore([])
  deliveries = openDeliveryLog({ sql: core.database.database.interactive, clock: systemClock, log: quietLog })
})

afterAll(async () => {
  await deliveries.stop()
  await core.close()
})

const sqlOf = () => core.database.database.interactive

const run = async (name: string): Promise<number | undefined> => {
  const { signIns } = core.dependencies.vault
  const tasks = upkeepTasks({ sql: sqlOf(), clock: systemClock, blobs: core.blobs, deliveries, signIns })
  return await tasks.find((task) => task.name === name)?.run()
}

it('has tasks whose schedules can be kept', () => {
  const tasks = upkeepTasks({
    sql: sqlOf(),
    clock: systemClock,
    blobs: core.blobs,
    deliveries,
    signIns: core.dependencies.vault.signIns,
  })
  expect(tasks.length).toBeGreaterThan(3)
  for (const { schedule } of tasks) expect(nextTime(schedule, 0)).toBeGreaterThan(0)
})

it('forgets accesses after three months, however many there are', async () => {
  const sql = sqlOf()
  await sql`
    insert into access_log (at, kind, count, address, user_agent, correlation_id)
    select now() - make_interval(days => case when n <= 12000 then 91 else 89 end), 'download', 1, '::1', 'test', 'c'
    from generate_series(1, 12010) n`
  expect(await run('access-log')).toBe(12_000)
  expect(await sql`select from access_log`).toHaveLength(10)
  expect(await run('access-log')).toBe(0)
})

it('forgets the answers of keyed commands after a month', async () => {
  const sql = sqlOf()
  await sql`
    insert into command_results (command_id, payload_hash, begun_at)
    values (gen_random_uuid(), 'old', now() - interval '31 days'), (gen_random_uuid(), 'young', now() - interval '29 days')`
  expect(await run('command-answers')).toBe(1)
  expect((await sql`select payload_hash from command_results`).map((row) => row.payload_hash as string)).toEqual([
    'young',
  ])
})

it('forgets sign-ins that expired', async () => {
  const { signIns } = core.dependencies.vault
  const begin = (id: string, expiresAt: number) =>
    signIns.begin(
      { id, secretHash: id, clientName: 'npm', clientAddress: '::1', begunAt: Date.now() - 2000, expiresAt },
      10,
    )
  await begin('old', Date.now() - 1000)
  await begin('young', Date.now() + 60_000)
  expect(await run('expired-sign-ins')).toBe(1)
  expect(await signIns.byId('young', Date.now())).toBeDefined()
})

it('looks for abandoned uploads, and forgets old deliveries', async () => {
  expect(await run('abandoned-uploads')).toBe(0)
  expect(await run('webhook-deliveries')).toBe(0)
})

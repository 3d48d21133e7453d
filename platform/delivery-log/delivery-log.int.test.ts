import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate } from '../database/migrations.ts'
import { derivedId } from '../ids.ts'
import { openDeliveryLog, type DeliveryLog } from './delivery-log.ts'
import type { DeliveryAttempt } from './delivery-rows.ts'
import { deliveryLogMigrations } from './migrations.ts'

let database: TestDatabase
let deliveries: DeliveryLog
let now = Date.parse('2026-03-01T00:00:00Z')
const DAY = 24 * 60 * 60 * 1000

beforeAll(async () => {
  database = await testDatabase()
  await migrate(database.database.long, deliveryLogMigrations)
  const sql = database.database.interactive
  deliveries = openDeliveryLog({ sql, clock: { now: () => now }, log: pino({ level: 'silent' }) })
})

afterAll(async () => {
  await deliveries.stop()
  await database.drop()
})

beforeEach(async () => {
  await database.database.long`truncate webhook_deliveries`
})

const id = (name: string): string => derivedId('test', name)

const attempt = (more: Partial<DeliveryAttempt> = {}): DeliveryAttempt => ({
  deliveryId: id('one'),
  webhookId: 'hook',
  eventId: id('event'),
  eventType: 'PackageVersionPublished',
  subject: 'ms@1.0.0',
  position: '00000000000000000007',
  purpose: 'event',
  attempt: 1,
  at: now,
  durationMs: 12.4,
  state: 'retrying',
  request: { headers: { 'webhook-id': 'x' }, body: '{}' },
  ...more,
})

const recorded = async (...attempts: DeliveryAttempt[]): Promise<void> => {
  for (const one of attempts) deliveries.record(one)
  await deliveries.flush()
}

describe('the log of deliveries', () => {
  it('keeps bodies up to a bound, whatever bytes they are', async () => {
    const body = Buffer.concat([Buffer.from([0, 0xff, 0xc3]), Buffer.from('é'.repeat(4000))])
    await recorded(
      attempt({
        request: { headers: { a: 'b' }, body: 'x'.repeat(20_000) },
        response: { status: 500, headers: { big: 'y'.repeat(10_000), after: 'z' }, body },
      }),
    )
    const [row] = await deliveries.list('hook', { before: undefined, limit: 10 })
    expect(row).toMatchObject({ status: 500, durationMs: 12, requestTruncated: true, responseTruncated: true })
    expect([row?.requestBody.length, row?.requestHeaders]).toEqual([16_384, { a: 'b' }])
    expect(row?.responseBody?.startsWith('\ufffd\ufffd\ufffdé')).toBe(true)
    expect(Buffer.byteLength(row?.responseBody ?? '')).toBeLessThan(4200)
    expect(JSON.stringify(row?.responseHeaders).length).toBeLessThan(4200)
  })

  it('is written beside more statements than there are connections, which keep theirs to themselves', async () => {
    const { interactive: sql } = database.database
    for (let round = 0; round < 5; round++) {
      const large = { headers: {}, body: 'x'.repeat(4000) }
      const writing = recorded(...Array.from({ length: 400 }, () => attempt({ request: large })))
      for (let moment = 0; moment < 10; moment++) {
        const asked = Array.from({ length: 20 }, (_, number) => sql`select ${number}::int as number`)
        expect((await Promise.all(asked)).map(([row]) => row)).toEqual(asked.map((_, number) => ({ number })))
      }
      await writing
    }
    const [kept] = await sql<{ count: number }[]>`select count(*)::int as count from webhook_deliveries`
    expect(kept).toEqual({ count: 2000 })
  })

  it('keeps empty texts apart from absent ones, and texts whole that mean something to COPY', async () => {
    const empty = { status: 204, headers: {}, body: Buffer.alloc(0) }
    await recorded(attempt({ request: { headers: {}, body: '' }, response: empty }))
    await recorded(
      attempt({ request: { headers: {}, body: 'a\tb\\N\r\n\\.' }, response: undefined }),
      attempt({ error: '\\N' }),
    )
    const rows = await deliveries.list('hook', { before: undefined, limit: 9 })
    expect(rows.map(({ requestBody }) => requestBody)).toEqual([expect.any(String), 'a\tb\\N\r\n\\.', ''])
    expect(rows.map(({ responseBody }) => responseBody === null)).toEqual([expect.any(Boolean), true, false])
    expect(rows.map(({ error }) => error)).toEqual(['\\N', null, null])
  })

  it('lists a webhook, newest first, page by page', async () => {
    await recorded(...[1, 2, 3, 4].map((at) => attempt({ attempt: at })), attempt({ webhookId: 'other' }))
    const first = await deliveries.list('hook', { before: undefined, limit: 3 })
    const second = await deliveries.list('hook', { before: first.at(-1)?.attemptId, limit: 3 })
    expect([first, second].map((page) => page.map((row) => row.attempt))).toEqual([[4, 3, 2], [1]])
  })

  it('knows the event of a delivery, of that webhook alone', async () => {
    await recorded(attempt())
    expect(await deliveries.positionOf('hook', id('one'))).toBe('00000000000000000007')
    expect(await deliveries.positionOf('other', id('one'))).toBeUndefined()
    expect(await deliveries.positionOf('hook', "' or 1=1")).toBeUndefined()
  })

  it('says since when a delivery fails, and whether others were taken meanwhile', async () => {
    const asked = { webhookId: 'hook', deliveryId: id('one'), now }
    expect(await deliveries.failing(asked)).toEqual({ since: now, othersTaken: false })
    await recorded(attempt({ at: now - 4 * DAY, state: 'delivered', deliveryId: id('two') }))
    await recorded(attempt({ at: now - 3 * DAY }), attempt({ at: now - DAY }))
    expect(await deliveries.failing(asked)).toEqual({ since: now - 3 * DAY, othersTaken: false })
    await recorded(attempt({ at: now - 2 * DAY, state: 'delivered', deliveryId: id('three') }))
    expect(await deliveries.failing(asked)).toEqual({ since: now - 3 * DAY, othersTaken: true })
    await recorded(attempt({ at: now - 1.5 * DAY, state: 'paused', deliveryId: id('four') }))
    expect(await deliveries.failing(asked)).toEqual({ since: now - DAY, othersTaken: false })
  })

  it('forgets what is older than 30 days', async () => {
    await recorded(attempt({ attempt: 1 }))
    now += 10 * DAY
    await recorded(attempt({ attempt: 2 }))
    now += 20 * DAY + 1
    expect(await deliveries.forgetOld()).toBe(1)
    expect((await deliveries.list('hook', { before: undefined, limit: 9 })).map((row) => row.attempt)).toEqual([2])
  })
})

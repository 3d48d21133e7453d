import { afterAll, beforeAll, expect, it } from 'vitest'
import { newEvent, newEvents, newStream } from '../../../test/contracts/event-store-samples.ts'
import { openTestEventStore, type PostgresEventStoreUnderTest } from '../../../test/event-store/postgres.ts'
import { checkedAppend } from '../checked-append.ts'
import { NO_STREAM } from '../event-store.ts'
import { callAppend } from './append-call.ts'

let opened: PostgresEventStoreUnderTest

beforeAll(async () => {
  opened = await openTestEventStore()
})

afterAll(async () => {
  await opened.close()
})

it('answers every kind of request in one call, positions in the order they were given', async () => {
  const { admin, store } = opened
  const [a, b, c] = [newStream(), newStream(), newStream()]
  const [first, second] = [newEvents(2), newEvents(3)]
  const outcomes = await callAppend(admin, [
    checkedAppend(a, first, NO_STREAM),
    checkedAppend(b, second, NO_STREAM),
    checkedAppend(a, [newEvent()], 1),
    checkedAppend(a, first, NO_STREAM),
    checkedAppend(b, [newEvent()], 0),
    checkedAppend(c, [newEvent()], 5),
    checkedAppend(a, newEvents(2), 2),
    checkedAppend(c, [newEvent()], NO_STREAM),
  ])
  const at = (number: number) => String(number).padStart(20, '0')
  expect(outcomes).toEqual([
    { revision: 1, position: at(2) },
    { revision: 2, position: at(5) },
    { revision: 2, position: at(6) },
    { revision: 1, position: at(2) },
    { actualRevision: 2 },
    { actualRevision: -1 },
    { revision: 4, position: at(8) },
    { revision: 0, position: at(9) },
  ])
  expect((await store.readStream(a)).map(({ position }) => position)).toEqual([1, 2, 6, 7, 8].map(at))
})

it('keeps to index look-ups when the log has grown since its plans were made', async () => {
  const { admin, store } = opened
  const [stream, events] = [newStream(), newEvents(3)]
  const call = async (): Promise<void> => {
    const requests = Array.from({ length: 50 }, () => checkedAppend(newStream(), newEvents(2), NO_STREAM))
    await callAppend(admin, [...requests, checkedAppend(stream, events, NO_STREAM), checkedAppend(stream, events, 7)])
  }
  const scanned = async (): Promise<number> => {
    await admin`select pg_stat_force_next_flush()`
    const [row] = await admin<{ rows: number }[]>`
      select seq_tup_read::int as rows from pg_stat_user_tables where relname = 'events' and schemaname = 'event_store'`
    return row?.rows ?? Number.NaN
  }
  // As Postgres comes: a scan of a small table is then cheaper than its index.
  await admin`set random_page_cost = 4`
  await admin`analyze event_store.events`
  await call()
  for (let batch = 0; batch < 20; batch += 1) await store.append(newStream(), newEvents(500), NO_STREAM)
  const before = await scanned()
  for (let count = 0; count < 10; count += 1) await call()
  expect(await scanned()).toBe(before)
})

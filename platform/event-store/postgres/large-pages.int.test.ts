import { afterAll, beforeAll, expect, it } from 'vitest'
import { newEvent, newStream } from '../../../test/contracts/event-store-samples.ts'
import { openTestEventStore, type PostgresEventStoreUnderTest } from '../../../test/event-store/postgres.ts'
import { type Batch, MAX_APPEND_BYTES, NO_STREAM, type Position } from '../event-store.ts'

const LARGE = 20

let opened: PostgresEventStoreUnderTest
let start: Position

beforeAll(async () => {
  opened = await openTestEventStore()
  const { store } = opened
  start = await store.head()
  const data = 'x'.repeat(MAX_APPEND_BYTES - 2)
  for (let count = 0; count < LARGE; count += 1) await store.append(newStream(), [newEvent({ data })], NO_STREAM)
})

afterAll(async () => {
  await opened.close()
})

it('ends a page after some megabytes, so that no page fills the memory', async () => {
  const page = await opened.store.readAll(start, 1000)
  expect(page.length).toBeGreaterThanOrEqual(8)
  expect(page.length).toBeLessThan(10)
})

it('does not take a page that ended early for the end of the log', async () => {
  const { store } = opened
  const stop = new AbortController()
  const head = await store.head()
  const batches: Batch[] = []
  for await (const batch of store.subscribeAll(start, { signal: stop.signal })) {
    batches.push(batch)
    if (batch.confirmedAt !== undefined) stop.abort()
  }
  expect(batches.at(-1)?.position).toBe(head)
  expect(batches.reduce((count, { events }) => count + events.length, 0)).toBe(LARGE)
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { newEvent, newStream, readOn } from '../../../test/contracts/event-store-samples.ts'
import { openTestEventStore, type PostgresEventStoreUnderTest } from '../../../test/event-store/postgres.ts'
import { NO_STREAM } from '../event-store.ts'

let opened: PostgresEventStoreUnderTest

beforeAll(async () => {
  opened = await openTestEventStore({ appendTimeoutMs: 1000 })
})

afterAll(async () => {
  await opened.close()
})

it('refuses only the append whose content the database refuses, out of a flush of twenty', async () => {
  const { store, admin } = opened
  await admin`alter table event_store.events add constraint no_poison check (type <> 'Poison')`
  const start = await store.head()
  const answers = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      store.append(newStream(), [newEvent(), newEvent({ type: index === 7 ? 'Poison' : 'Food' })], NO_STREAM),
    ),
  )
  await admin`alter table event_store.events drop constraint no_poison`
  expect(answers[7]).toMatchObject({ status: 'rejected', reason: { code: 'invalid-append' } })
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(19)
  expect(await readOn(store, start)).toHaveLength(38)
})

it('gives two equal appends that are under way at once the same result', async () => {
  const { store, reopen } = opened
  const other = await reopen()
  for (let round = 0; round < 20; round += 1) {
    const [stream, events] = [newStream(), [newEvent(), newEvent()]]
    const [one, ...rest] = await Promise.all(
      [store, store, other, other].map((each) => each.append(stream, events, NO_STREAM)),
    )
    for (const result of rest) expect(result).toEqual(one)
    expect(await store.readStream(stream)).toHaveLength(2)
  }
  await other.close()
})

it('writes a chain of appends to one stream that are all under way at once', async () => {
  const { store } = opened
  const stream = newStream()
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, index) => store.append(stream, [newEvent()], index - 1)),
  )
  expect(results.map(({ revision }) => revision)).toEqual(Array.from({ length: 100 }, (_, index) => index))
  expect(results.every(({ position }, index) => index === 0 || position > (results[index - 1]?.position ?? ''))).toBe(
    true,
  )
})

it('says that the outcome is unknown when the answer is lost for good, and knows it when asked again', async () => {
  const { store, admin, interrupt } = opened
  const [stream, event] = [newStream(), newEvent()]
  await admin`select pg_advisory_lock(7041)`
  const appending = expect(store.append(stream, [event], NO_STREAM)).rejects.toMatchObject({ code: 'unknown-outcome' })
  await expect.poll(() => waitingForLock()).toBe(1)
  await interrupt()
  await appending
  await admin`select pg_advisory_unlock(7041)`
  const { revision } = await store.append(stream, [event], NO_STREAM)
  expect(revision).toBe(0)
  expect(await store.readStream(stream)).toHaveLength(1)
})

it('writes nothing under an isolation that would look at the log before the lock', async () => {
  const { admin, store } = opened
  const start = await store.head()
  await expect(
    admin.begin('isolation level repeatable read', async (transaction) => {
      await transaction`select * from event_store.append(
        '{s-1}', '{-1}', '{1}', '{1}', '{0}', '{00000000-0000-4000-8000-000000000001}', '{T}', '1', '1')`
    }),
  ).rejects.toThrow('read committed')
  expect(await store.head()).toBe(start)
})

it('says that it cannot work when its function is missing, at once', async () => {
  const { admin, store } = opened
  await admin`alter function event_store.append rename to gone`
  await expect(store.append(newStream(), [newEvent()], NO_STREAM)).rejects.toMatchObject({
    code: 'unavailable',
    cause: { code: '42883' },
  })
  await admin`alter function event_store.gone rename to append`
  expect((await store.append(newStream(), [newEvent()], NO_STREAM)).revision).toBe(0)
})

const waitingForLock = async (): Promise<number> => {
  const [row] = await opened.admin<{ count: number }[]>`
    select count(*)::int as count from pg_locks where locktype = 'advisory' and not granted`
  return row?.count ?? 0
}

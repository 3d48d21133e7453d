import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ascending, idsOf, newEvent, newLog, newStream, readOn } from '../../../test/contracts/event-store-samples.ts'
import { newStreamPrefix } from '../../../test/event-store/eventstoredb.ts'
import { startFollower, startWriters } from '../../../test/event-store/lasting-writers.ts'
import { needsControl, startEventStoreDb } from '../../../test/eventstoredb/server.ts'
import { quietLog } from '../../../test/postgres.ts'
import { type EventStore, NO_STREAM } from '../event-store.ts'
import { openEventStoreDb } from './eventstoredb-event-store.ts'

const IN_FLIGHT = 32

const server = await startEventStoreDb({ startingMs: 500 })
const control = server.control ?? (() => Promise.reject(new Error('nothing controls the server')))
const mayControl = needsControl(server, 'EventStoreDB that is killed, stopped, frozen and starting')

afterAll(async () => {
  await server.close()
})

describe.skipIf(!mayControl)('a server that is disturbed under 32 appends in flight', () => {
  let store: EventStore

  beforeEach(() => {
    store = open({})
  })

  afterEach(async () => {
    await store.close()
  })

  it.each<[string, number, () => Promise<void>]>([
    [
      'killed and started again',
      3,
      async () => {
        await control('kill9')
        await control('start')
      },
    ],
    [
      'away for longer than an append may take',
      1,
      async () => {
        await control('kill9')
        await delay(3000) // how long it is away is what is tested
        await control('start')
      },
    ],
    [
      'stopped in order and started again',
      2,
      async () => {
        await control('stop')
        await control('start')
      },
    ],
    [
      'frozen for a moment',
      2,
      async () => {
        await control('freeze')
        await delay(1000)
        await control('thaw')
      },
    ],
    [
      'frozen for longer than an append may take',
      1,
      async () => {
        await control('freeze')
        await delay(7000)
        await control('thaw')
      },
    ],
  ])('%s: every acknowledged append is there once, every refused one can be repeated', async (_, times, disturb) => {
    const start = await store.head()
    const follower = startFollower(store, start)
    const writers = startWriters(store, IN_FLIGHT)
    for (let round = 0; round < times; round += 1) {
      await writers.goOn(200)
      await disturb()
      await writers.goOn(200)
    }
    await writers.stop()
    const events = await follower.until(writers.acknowledged.size)
    expect(ascending(events)).toBe(true)
    expect(new Map(events.map(({ id, position }) => [id, position]))).toEqual(writers.acknowledged)
    expect(idsOf(await readOn(store, start))).toEqual(idsOf(events))
  })
})

describe.skipIf(!mayControl)('a server that is frozen', () => {
  it('is given up within our own time, and closing does not wait for it', async () => {
    const store = open({ appendTimeoutMs: 1000 })
    const log = await newLog(store, 2)
    await control('freeze')
    try {
      const start = performance.now()
      const [appended, read] = await Promise.allSettled([
        store
          .append(newStream(), [newEvent()], NO_STREAM)
          .finally(() => expect(performance.now() - start).toBeLessThan(1500)),
        store.readStream(log[0]?.stream ?? ''),
      ])
      expect(appended).toMatchObject({ reason: { code: 'unknown-outcome' } })
      expect(read).toMatchObject({ reason: { code: 'timeout' } })
      expect(performance.now() - start).toBeLessThan(7000)
      const closing = performance.now()
      await store.close()
      expect(performance.now() - closing).toBeLessThan(2000)
    } finally {
      await control('thaw')
    }
  })
})

describe.skipIf(!mayControl)('a server that goes away while large appends are on their way', () => {
  it.each<[string, () => Promise<void>, () => Promise<void>]>([
    [
      'frozen',
      () => control('freeze'),
      async () => {
        await delay(5000) // long enough for the connection to be given up
        await control('thaw')
      },
    ],
    ['killed', () => control('kill9'), () => control('start')],
  ])('%s: writes each of them once', async (_, disturb, mend) => {
    const store = open({ appendTimeoutMs: 20_000 })
    const { position: start } = await store.append(newStream(), [newEvent()], NO_STREAM)
    // Far more than the connection takes without the server reading it.
    const events = Array.from({ length: 40 }, () => newEvent({ data: 'x'.repeat(500_000) }))
    const appending = Promise.all(events.map((event) => store.append(newStream(), [event], NO_STREAM)))
    await disturb()
    await mend()
    await appending
    expect(idsOf(await readOn(store, start)).toSorted()).toEqual(idsOf(events).toSorted())
    await store.close()
  })
})

describe.skipIf(!mayControl)('a server that is starting', () => {
  it('makes an append wait, and no more', async () => {
    const store = open({ appendTimeoutMs: 20_000 })
    await newLog(store, 1)
    await control('kill9')
    const appending = store.append(newStream(), [newEvent()], NO_STREAM)
    await control('start')
    expect((await appending).revision).toBe(0)
    await store.close()
  })
})

const open = (options: { readonly appendTimeoutMs?: number }): EventStore =>
  openEventStoreDb({
    connectionString: server.connectionString,
    streamPrefix: newStreamPrefix(),
    log: quietLog,
    appendTimeoutMs: 2000,
    ...options,
  })

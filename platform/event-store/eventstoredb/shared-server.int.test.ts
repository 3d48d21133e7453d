import { randomUUID } from 'node:crypto'
import { ANY, type EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  collect,
  idsOf,
  newEvent,
  newEvents,
  newLog,
  newStream,
  readOn,
} from '../../../test/contracts/event-store-samples.ts'
import {
  type EventStoreDbUnderTest,
  newStreamPrefix,
  openTestEventStoreDb,
} from '../../../test/event-store/eventstoredb.ts'
import { closeClient, openClient } from '../../../test/eventstoredb/test-client.ts'
import { quietLog } from '../../../test/postgres.ts'
import { type Batch, type EventStore, justBefore, NO_STREAM, type RecordedEvent, START } from '../event-store.ts'
import { startTail } from '../tail.ts'
import { openEventStoreDb } from './eventstoredb-event-store.ts'

let opened: EventStoreDbUnderTest
let store: EventStore
/** Another application on the same server. */
let other: EventStoreDBClient

beforeAll(async () => {
  opened = await openTestEventStoreDb()
  store = opened.store
  other = openClient(opened.server.connectionString)
})

afterAll(async () => {
  await closeClient(other)
  await opened.close()
})

const writeOther = async (count: number, stream = `other-${randomUUID()}`, type = 'OtherHappened'): Promise<void> => {
  const events = Array.from({ length: count }, () => jsonEvent({ type, data: { foreign: true } }))
  await other.appendToStream(stream, events, { expectedRevision: ANY })
}

describe('events of others on the same server', () => {
  it('are not in the log, wherever they stand', async () => {
    const start = await store.head()
    const own: RecordedEvent[] = []
    for (const count of [3, 1, 40, 1500]) {
      await writeOther(count)
      own.push(...(await newLog(store, 2)))
    }
    await writeOther(2)
    for (const limit of [1, 3, 8, 1000]) expect(await readOn(store, start, limit)).toEqual(own)
    expect(await store.readAll(start, 100)).toEqual(own)
    const stop = new AbortController()
    const followed = await collect(
      store.subscribeAll(start, { signal: stop.signal }),
      stop,
      ({ length }) => length >= 8,
    )
    expect(followed).toEqual(own)
  })

  it('do not hold up anyone at the end of the log', async () => {
    const [last] = (await newLog(store, 1)).slice(-1)
    await writeOther(300)
    await other.setStreamMetadata(`other-${randomUUID()}`, { maxCount: 3 })
    expect(await store.head()).toBe(last?.position)
    expect(await store.readAll(last?.position ?? '', 10)).toEqual([])
    const stop = new AbortController()
    const [batch] = [
      (
        await store
          .subscribeAll(last?.position ?? '', { signal: stop.signal })
          [Symbol.asyncIterator]()
          .next()
      ).value as Batch,
    ]
    stop.abort()
    expect(batch).toMatchObject({ events: [], position: last?.position })
    expect(batch.confirmedAt).toBeDefined()
  })

  it('do not hold up the tail of a process and what follows it', async () => {
    await newLog(store, 3)
    await writeOther(50)
    const tail = await startTail(store, { log: quietLog })
    const stop = new AbortController()
    const following = collect(
      Object.assign(tail.follow(START, { signal: stop.signal }), { wake: () => undefined }),
      stop,
      (_, batch) => batch.confirmedAt !== undefined,
    )
    expect((await following).at(-1)?.position).toBe(tail.position)
    await writeOther(50)
    await tail.confirm()
    const result = await store.append(newStream(), [newEvent()], NO_STREAM)
    await writeOther(1)
    expect(await tail.reached(result.position, 5000)).toBe(true)
    await tail.confirm()
    expect(tail.position).toBe(result.position)
    await tail.stop()
  })

  it('are skipped by an opening that has never looked at the log', async () => {
    const log = await newLog(store, 2)
    await writeOther(5000)
    const fresh = await opened.reopen()
    expect(await fresh.head()).toBe(log.at(-1)?.position)
    await fresh.close()
  })
})

describe('an empty log on a server that others have written to', () => {
  it('has no head and no events', async () => {
    await writeOther(20)
    const empty = openEventStoreDb({ ...opened.where, streamPrefix: newStreamPrefix(), log: quietLog })
    expect(await empty.head()).toBe(START)
    expect(await empty.readAll(START, 1)).toEqual([])
    const stop = new AbortController()
    const batches = empty.subscribeAll(START, { signal: stop.signal })[Symbol.asyncIterator]()
    expect((await batches.next()).value).toMatchObject({ events: [], position: START })
    const { position } = await empty.append(newStream(), [newEvent()], NO_STREAM)
    expect(await empty.head()).toBe(position)
    stop.abort()
    await empty.close()
  })
})

describe('streams of the server', () => {
  it('carry the prefix there, and not here', async () => {
    const [stream, events] = [newStream(), newEvents(2)]
    await store.append(stream, events, NO_STREAM)
    const stored: string[] = []
    for await (const { event } of other.readStream(`${opened.where.streamPrefix}${stream}`))
      stored.push(event?.id ?? '')
    expect(stored).toEqual(idsOf(events))
    expect((await store.readStream(stream)).map((event) => event.stream)).toEqual([stream, stream])
  })

  it('hold events as JSON, in the bytes that were checked', async () => {
    const [stream, metadata] = [newStream(), ['', null, 0, false, { b: 1, a: 'é' }]]
    const data = [{ b: 1, a: 'é\ud800' }, 'text', null, 0, []]
    const events = data.map((value, index) => newEvent({ data: value, metadata: metadata[index] }))
    const appended = store.append(stream, events, NO_STREAM)
    Object.assign(data[0] ?? {}, { b: 2 }) // too late
    await appended
    const stored: unknown[] = []
    for await (const { event } of other.readStream(`${opened.where.streamPrefix}${stream}`)) {
      stored.push([event?.isJson, JSON.stringify(event?.data), JSON.stringify(event?.metadata)])
    }
    expect(stored).toEqual(
      ['{"b":1,"a":"é\\ud800"}', '"text"', 'null', '0', '[]'].map((text, index) => [
        true,
        text,
        JSON.stringify(metadata[index]),
      ]),
    )
  })

  it('keep two Waybills apart', async () => {
    const second = openEventStoreDb({ ...opened.where, streamPrefix: newStreamPrefix(), log: quietLog })
    const stream = newStream()
    const here = await store.append(stream, [newEvent()], NO_STREAM)
    const there = await second.append(stream, [newEvent()], NO_STREAM)
    expect([here.revision, there.revision]).toEqual([0, 0])
    expect(await readOn(second, START)).toHaveLength(1)
    await second.close()
  })

  it('are ours as we say when there is no prefix', async () => {
    const category = `plain${randomUUID().slice(0, 8)}`
    const ours = (stream: string): boolean => stream.startsWith(`${category}-`)
    const plain = openEventStoreDb({ connectionString: opened.where.connectionString, ours, log: quietLog })
    const stream = newStream(category)
    await plain.append(stream, [newEvent()], NO_STREAM)
    expect((await readOn(plain, START)).map((event) => event.stream)).toEqual([stream])
    await expect(plain.append(newStream(), [newEvent()], NO_STREAM)).rejects.toMatchObject({ code: 'invalid-append' })
    await plain.close()
  })

  it('take no event that would look like one of the server', async () => {
    const append = store.append(newStream(), [newEvent({ type: '$metadata' })], NO_STREAM)
    await expect(append).rejects.toMatchObject({ code: 'invalid-append' })
  })

  it('say that somebody deleted them for good', async () => {
    const stream = newStream()
    await store.append(stream, [newEvent()], NO_STREAM)
    await other.tombstoneStream(`${opened.where.streamPrefix}${stream}`)
    await expect(store.append(stream, [newEvent()], 0)).rejects.toMatchObject({ code: 'invalid-append' })
    await expect(store.readStream(stream)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a position that the log does not have', () => {
  it('is refused by a read, and ends a subscription', async () => {
    const [event] = await newLog(store, 1)
    // just before an event would be a bound that reads know
    const between = justBefore(justBefore(event?.position ?? ''))
    await expect(store.readAll(between, 10)).rejects.toBeInstanceOf(RangeError)
    const stop = new AbortController()
    const following = collect(store.subscribeAll(between, { signal: stop.signal }), stop, ({ length }) => length > 0)
    await expect(following).rejects.toBeInstanceOf(RangeError)
  })
})

describe('a connection string', () => {
  it('that cannot be understood is refused without repeating it', () => {
    const open = () => openEventStoreDb({ connectionString: 'esdb://user:secret@host:port:1', log: quietLog })
    expect(open).toThrow('the connection string of EventStoreDB is not understood')
    expect(open).not.toThrow('secret')
  })
})

import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runProgram } from '../../../test/child-process.ts'
import { idsOf, inFlight, newEvent, newLog, newStream, readOn } from '../../../test/contracts/event-store-samples.ts'
import {
  type EventStoreDbUnderTest,
  newStreamPrefix,
  openTestEventStoreDb,
} from '../../../test/event-store/eventstoredb.ts'
import { startFollower, startWriters } from '../../../test/event-store/lasting-writers.ts'
import { type EventStoreDbServer, startEventStoreDb } from '../../../test/eventstoredb/server.ts'
import { ownEnvironment } from '../../../test/own-environment.ts'
import { quietLog } from '../../../test/postgres.ts'
import { type EventStore, NO_STREAM, START } from '../event-store.ts'
import { openEventStoreDb } from './eventstoredb-event-store.ts'

let server: EventStoreDbServer
let opened: EventStoreDbUnderTest

beforeAll(async () => {
  server = await startEventStoreDb()
})

afterAll(async () => {
  await server.close()
})

beforeEach(async () => {
  opened = await openTestEventStoreDb({ appendTimeoutMs: 10_000 }, server)
})

afterEach(async () => {
  await opened.close()
})

describe('a connection that swallows everything', () => {
  it('is left for a new one, before the time of an append is up', async () => {
    const { store, proxy } = opened
    const follower = startFollower(store, await store.head())
    const writers = startWriters(store, 8)
    await writers.goOn(50)
    const { connections } = proxy
    proxy.swallow()
    await writers.goOn(50)
    await writers.stop()
    expect(writers.refusals).toEqual([])
    expect(proxy.connections).toBe(connections + 1)
    const events = await follower.until(writers.acknowledged.size)
    expect(new Map(events.map(({ id, position }) => [id, position]))).toEqual(writers.acknowledged)
  })

  it('is left for a new one when only reads use it', async () => {
    const { store, proxy } = opened
    const log = await newLog(store, 2)
    proxy.swallow()
    await expect(store.head()).rejects.toMatchObject({ code: 'timeout' })
    expect(await store.head()).toBe(log[1]?.position)
  })
})

describe('two stores in one process', () => {
  it('each write every append once while the connections of one break', async () => {
    const other = openEventStoreDb({
      connectionString: server.connectionString,
      streamPrefix: newStreamPrefix(),
      log: quietLog,
    })
    const starts = [await opened.store.head(), await other.head()]
    const writers = [startWriters(opened.store, 16), startWriters(other, 16)]
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(writers.map((each) => each.goOn(60)))
      opened.proxy.reset()
    }
    await Promise.all(writers.map((each) => each.stop()))
    for (const [index, store] of [opened.store, other].entries()) {
      const events = await readOn(store, starts[index] ?? START)
      expect(new Map(events.map(({ id, position }) => [id, position]))).toEqual(writers[index]?.acknowledged)
    }
    await other.close()
  })

  it('write an append that both send at once only once', async () => {
    const other = await opened.reopen()
    const [stream, event] = [newStream(), newEvent()]
    const results = await Promise.all([opened.store, other].map((store) => store.append(stream, [event], NO_STREAM)))
    expect(results[0]).toEqual(results[1])
    expect(idsOf(await opened.store.readStream(stream))).toEqual([event.id])
    await other.close()
  })
})

describe('an append that is repeated while it is under way', () => {
  it('is sent once and answered twice, without delay', async () => {
    const { store } = opened
    const start = performance.now()
    await inFlight(
      16,
      Array.from({ length: 50 }, () => async () => {
        const [stream, event] = [newStream(), newEvent()]
        const [one, two] = await Promise.all([1, 2].map(() => store.append(stream, [event], NO_STREAM)))
        expect(two).toEqual(one)
      }),
    )
    expect(performance.now() - start).toBeLessThan(1900)
  })
})

describe('a server that is not there', () => {
  let away: EventStore

  beforeEach(() => {
    away = openEventStoreDb({ connectionString: 'esdb://127.0.0.1:1?tls=false', log: quietLog, appendTimeoutMs: 400 })
  })

  it('is unavailable, and nothing is said to be written', async () => {
    const unavailable = { code: 'unavailable' }
    await expect(away.append(newStream(), [newEvent()], NO_STREAM)).rejects.toMatchObject(unavailable)
    await expect(away.readStream('sample-1')).rejects.toMatchObject(unavailable)
    await expect(away.readAll(START, 10)).rejects.toMatchObject(unavailable)
    await expect(away.head()).rejects.toMatchObject(unavailable)
    const stop = new AbortController()
    const waiting = away.subscribeAll(START, { signal: stop.signal })[Symbol.asyncIterator]().next()
    stop.abort()
    expect(await waiting).toMatchObject({ done: true })
    await away.close()
    await expect(away.head()).rejects.toMatchObject(unavailable)
  })
})

describe('a process that closes its store', () => {
  it('ends by itself, and soon', async () => {
    const program = fileURLToPath(new URL('../../../test/event-store/eventstoredb-visit.ts', import.meta.url))
    const { code, stdout, stderr } = await runProgram(process.execPath, [program, JSON.stringify(opened.where)], {
      cwd: process.cwd(),
      env: ownEnvironment({}),
      timeout: 15_000,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(Number(stdout)).toBeLessThan(2000)
  })
})

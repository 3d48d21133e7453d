import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { collect, idsOf, newEvent, newEvents, newLog, newStream } from '../../test/contracts/event-store-samples.ts'
import { type Batch, type EventStore, NO_STREAM, type RecordedEvent, START, type Subscription } from './event-store.ts'
import { openMemoryEventStore } from './memory.ts'
import { startTail, type Tail } from './tail.ts'

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }

let store: EventStore
let tail: Tail

beforeEach(async () => {
  vi.clearAllMocks()
  store = openMemoryEventStore()
  await newLog(store, 20)
  tail = await startTail(store, { log, ringSize: 50 })
})

afterEach(async () => {
  await tail.stop()
  await store.close()
})

const append = async (count = 1): Promise<readonly RecordedEvent[]> => await newLog(store, count)

/** The follower as something that `collect` takes. */
const follow = (after: string, stop: AbortController, batchSize?: number): Subscription =>
  Object.assign(tail.follow(after, { signal: stop.signal, ...(batchSize === undefined ? {} : { batchSize }) }), {
    wake: () => undefined,
  })

it('starts at the head, confirmed', async () => {
  expect(tail.position).toBe(await store.head())
  expect(performance.now() - tail.confirmedAt).toBeLessThan(1000)
})

it('calls its listeners in order, before its position moves', async () => {
  const seen: string[] = []
  const positions: string[] = []
  const before = tail.position
  tail.onEvents((events) => {
    seen.push(...idsOf(events))
    positions.push(tail.position)
  })
  const events = [...(await append()), ...(await append(3))]
  await tail.confirm()
  expect(seen).toEqual(idsOf(events))
  expect(positions[0]).toBe(before)
  expect(tail.position).toBe(events.at(-1)?.position)
})

it('stops calling a listener that was taken away, and survives one that fails', async () => {
  const gone = vi.fn()
  const heard = vi.fn()
  tail.onEvents(gone)()
  tail.onEvents(() => {
    throw new Error('broken listener')
  })
  tail.onEvents(heard)
  await append()
  await tail.confirm()
  expect(gone).not.toHaveBeenCalled()
  expect(heard).toHaveBeenCalledOnce()
  expect(log.error).toHaveBeenCalledOnce()
})

it('confirms only after asking, with everything that was written before the call', async () => {
  for (let round = 0; round < 50; round += 1) {
    const [event] = await append()
    const called = performance.now()
    await tail.confirm()
    expect(tail.position).toBe(event?.position)
    expect(tail.confirmedAt).toBeGreaterThan(called)
  }
})

it('asks at once to confirm, instead of waiting for the next poll', async () => {
  const asked = Promise.withResolvers<undefined>()
  const onlyWhenAsked: EventStore = {
    ...store,
    subscribeAll: (position) => ({
      wake: () => asked.resolve(undefined),
      async *[Symbol.asyncIterator]() {
        await asked.promise
        yield { events: [], position, confirmedAt: performance.now() }
      },
    }),
  }
  const patient = await startTail(onlyWhenAsked, { log })
  await patient.confirm()
  await patient.stop()
})

it('answers many confirmations with few questions', async () => {
  const asked = vi.spyOn(performance, 'now')
  await Promise.all(Array.from({ length: 500 }, () => tail.confirm()))
  // One reading per confirm, and one per question to the log.
  expect(asked.mock.calls.length).toBeLessThan(520)
  asked.mockRestore()
})

it('knows when a position is reached, and when it is not in time', async () => {
  expect(await tail.reached(tail.position, 0)).toBe(true)
  const next = String(Number(tail.position) + 2).padStart(20, '0')
  const reached = tail.reached(next, 5000)
  await append()
  await tail.confirm()
  expect(tail.position < next).toBe(true)
  await append()
  expect(await reached).toBe(true)
  expect(await tail.reached('9'.repeat(20), 10)).toBe(false)
})

it.each([
  ['from the start, through pages', () => START],
  ['from the head of the log', () => tail.position],
])('can be followed %s without gap or repeat', async (_, from) => {
  const after = from()
  const stop = new AbortController()
  const old = (await store.readAll(after, 1000)).length
  const following = collect(follow(after, stop, 7), stop, (events) => events.length >= old + 300)
  for (let count = 0; count < 100; count += 1) await append(3)
  const all = await store.readAll(after, 1000)
  expect(idsOf(await following)).toEqual(idsOf(all.slice(0, old + 300)))
})

it('gives a follower that fell out of the ring pages of the store, then memory again', async () => {
  const stop = new AbortController()
  const readAll = vi.spyOn(store, 'readAll')
  const start = tail.position
  const batches = tail.follow(start, { signal: stop.signal, batchSize: 20 })[Symbol.asyncIterator]()
  await append(1)
  const seen: RecordedEvent[] = []
  const take = async (): Promise<Batch> => {
    const step = await batches.next()
    if (step.done === true) throw new Error('ended')
    seen.push(...step.value.events)
    return step.value
  }
  while (seen.length < 1) await take()
  expect(readAll).not.toHaveBeenCalled()
  // 130 events while it looks away; the ring holds 50.
  for (let count = 0; count < 13; count += 1) await append(10)
  await tail.confirm()
  while (seen.length < 131) await take()
  expect(readAll).toHaveBeenCalled()
  const pages = readAll.mock.calls.length
  await append(5)
  while (seen.length < 136) await take()
  expect(readAll.mock.calls.length).toBe(pages)
  readAll.mockRestore()
  stop.abort()
  expect(idsOf(seen)).toEqual(idsOf(await store.readAll(start, 1000)))
})

it('says once that a follower is at the head, and with what time', async () => {
  const stop = new AbortController()
  const batches = tail.follow(START, { signal: stop.signal })[Symbol.asyncIterator]()
  const first = (await batches.next()).value as Batch
  const second = (await batches.next()).value as Batch
  expect([first.events.length, second.events.length]).toEqual([20, 0])
  expect([first.confirmedAt, second.confirmedAt]).toEqual([undefined, tail.confirmedAt])
  const waiting = batches.next()
  const [event] = await append()
  const third = (await waiting).value as Batch
  expect(idsOf(third.events)).toEqual([event?.id])
  stop.abort()
})

it('ends followers and confirmations when it is stopped', async () => {
  const ended = (async () => {
    for await (const batch of tail.follow(tail.position, { signal: new AbortController().signal })) {
      expect(batch.events).toEqual([])
    }
  })()
  await tail.confirm()
  const unanswered = expect(tail.reached('9'.repeat(20), 60_000)).resolves.toBe(false)
  await tail.stop()
  await Promise.all([ended, unanswered])
  await expect(tail.confirm()).rejects.toMatchObject({ code: 'unavailable' })
})

it('says that the log does not answer', async () => {
  const silent: EventStore = {
    ...store,
    subscribeAll: (_, { signal }) => ({
      wake: () => undefined,
      async *[Symbol.asyncIterator]() {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        yield* []
      },
    }),
  }
  const deaf = await startTail(silent, { log, confirmTimeoutMs: 20 })
  await expect(deaf.confirm()).rejects.toMatchObject({ code: 'timeout' })
  await deaf.stop()
})

it('subscribes again where it was when its subscription breaks', async () => {
  let subscriptions = 0
  const fragile: EventStore = {
    ...store,
    subscribeAll: (after, options) => {
      const whole = store.subscribeAll(after, options)
      subscriptions += 1
      if (subscriptions > 1) return whole
      return {
        wake: () => whole.wake(),
        async *[Symbol.asyncIterator]() {
          for await (const batch of whole) {
            yield batch
            if (batch.events.length > 0) throw new Error('broken subscription')
          }
        },
      }
    },
  }
  const mended = await startTail(fragile, { log })
  const seen: string[] = []
  mended.onEvents((events) => seen.push(...idsOf(events)))
  const [first, second] = [newEvent(), newEvents(2)]
  await store.append(newStream(), [first], NO_STREAM)
  await vi.waitFor(() => expect(seen).toHaveLength(1))
  await store.append(newStream(), second, NO_STREAM)
  await mended.confirm()
  expect(seen).toEqual(idsOf([first, ...second]))
  expect(log.error).toHaveBeenCalledOnce()
  await mended.stop()
})

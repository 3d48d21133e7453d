import { describe, expect, it } from 'vitest'
import { type Batch, NO_STREAM, START } from '../../platform/event-store/event-store.ts'
import type { Current } from './event-store-under-test.ts'
import {
  ascending,
  collect,
  idsOf,
  inFlight,
  newEvent,
  newEvents,
  newLog,
  newStream,
  readOn,
  written,
} from './event-store-samples.ts'

export const subscriptionCases = (current: Current): void => {
  describe('subscribing', () => {
    it('delivers the log from its start, in order, once', async () => {
      const { store } = current()
      await newLog(store, 3)
      const head = await store.head()
      const stop = new AbortController()
      const subscription = store.subscribeAll(START, { signal: stop.signal, batchSize: 400 })
      const events = await collect(subscription, stop, (_, batch) => batch.position >= head)
      expect(idsOf(events)).toEqual(idsOf(await readOn(store, START, 10_000)))
    })

    it('delivers what follows a position in the middle', async () => {
      const { store } = current()
      const log = await newLog(store, 12)
      const stop = new AbortController()
      const subscription = store.subscribeAll(log[4]?.position ?? '', { signal: stop.signal, batchSize: 5 })
      const events = await collect(subscription, stop, (seen) => seen.length >= 7)
      expect(idsOf(events)).toEqual(idsOf(log.slice(5)))
    })

    it('starts at the head with a confirmation, and delivers what comes then', async () => {
      const { store } = current()
      const stop = new AbortController()
      const head = await store.head()
      const batches = store.subscribeAll(head, { signal: stop.signal })[Symbol.asyncIterator]()
      const before = performance.now()
      const first = (await batches.next()).value as Batch
      expect(first).toMatchObject({ events: [], position: head })
      expect(first.confirmedAt).toBeGreaterThanOrEqual(before)
      expect(first.confirmedAt).toBeLessThanOrEqual(performance.now())
      const event = newEvent()
      const { position } = await store.append(newStream(), [event], NO_STREAM)
      const next = await firstWithEvents(batches)
      expect(idsOf(next.events)).toEqual([event.id])
      expect(next.position).toBe(position)
      stop.abort()
    })

    it('confirms the head again and again, with all that was acknowledged before', async () => {
      const { store } = current()
      const stop = new AbortController()
      let acknowledged = { position: START, at: 0 }
      const subscription = store.subscribeAll(await store.head(), { signal: stop.signal })
      const writing = inFlight(
        4,
        Array.from({ length: 200 }, () => async () => {
          const { position } = await store.append(newStream(), [newEvent()], NO_STREAM)
          if (position > acknowledged.position) acknowledged = { position, at: performance.now() }
        }),
      )
      let confirmations = 0
      await collect(subscription, stop, (events, batch) => {
        if (batch.confirmedAt !== undefined) {
          confirmations += 1
          if (acknowledged.at < batch.confirmedAt) expect(batch.position >= acknowledged.position).toBe(true)
        }
        return events.length === 200 && batch.confirmedAt !== undefined
      })
      expect(confirmations).toBeGreaterThan(0)
      await writing
    })

    it('delivers soon after a wake', async () => {
      const { store } = current()
      const stop = new AbortController()
      const subscription = store.subscribeAll(await store.head(), { signal: stop.signal })
      const batches = subscription[Symbol.asyncIterator]()
      for (let round = 0; round < 20; round += 1) {
        const { position } = await store.append(newStream(), [newEvent()], NO_STREAM)
        subscription.wake()
        expect((await firstWithEvents(batches)).position).toBe(position)
      }
      stop.abort()
    })

    it('follows concurrent writers without gap or repeat, in the order of the log', async () => {
      const { store } = current()
      const start = await store.head()
      const stop = new AbortController()
      const collecting = collect(
        store.subscribeAll(start, { signal: stop.signal, batchSize: 50 }),
        stop,
        (events) => events.length >= 900,
      )
      const streams = Array.from({ length: 30 }, () => newStream())
      await Promise.all(streams.map((stream) => written(store, stream, newEvents(30))))
      const events = await collecting
      expect(ascending(events)).toBe(true)
      expect(idsOf(events)).toEqual(idsOf(await readOn(store, start)))
      for (const stream of streams) {
        const own = events.filter((event) => event.stream === stream)
        expect(own.map(({ revision }) => revision)).toEqual(Array.from({ length: 30 }, (_, index) => index))
      }
    })

    it('keeps batches to their size, and marks as confirmed only the one that got to the head', async () => {
      const { store } = current()
      const start = await store.head()
      await newLog(store, 25)
      const stop = new AbortController()
      const batches: Batch[] = []
      await collect(store.subscribeAll(start, { signal: stop.signal, batchSize: 10 }), stop, (events, batch) => {
        batches.push(batch)
        return events.length >= 25 && batch.confirmedAt !== undefined
      })
      const full = batches.filter(({ events }) => events.length > 0)
      for (const { events, position } of full) {
        expect(events.length).toBeLessThanOrEqual(10)
        expect(position).toBe(events.at(-1)?.position)
      }
      for (const { confirmedAt, position } of batches) {
        if (confirmedAt !== undefined) expect(position).toBe(await store.head())
      }
    })

    it('ends when it is aborted, while it waits and while it is read', async () => {
      const { store } = current()
      const stop = new AbortController()
      const subscription = store.subscribeAll(await store.head(), { signal: stop.signal })
      const counting = (async () => {
        let batches = 0
        for await (const batch of subscription) {
          batches += 1
          if (batches === 3) stop.abort()
          expect(batch.events).toEqual([])
        }
        return batches
      })()
      expect(await counting).toBe(3)
      const late = store.subscribeAll(START, { signal: stop.signal })[Symbol.asyncIterator]()
      expect(await late.next()).toMatchObject({ done: true })
    })

    it('lets a consumer that leaves and comes back go on where it was', async () => {
      const { store } = current()
      const log = await newLog(store, 40)
      let position = log[0]?.position ?? ''
      const seen: string[] = []
      while (seen.length < 39) {
        const stop = new AbortController()
        const subscription = store.subscribeAll(position, { signal: stop.signal, batchSize: 4 })
        const events = await collect(subscription, stop, (some) => some.length > 0)
        seen.push(...idsOf(events))
        position = events.at(-1)?.position ?? position
      }
      expect(seen).toEqual(idsOf(log.slice(1)))
    })
  })
}

const firstWithEvents = async (batches: AsyncIterator<Batch>): Promise<Batch> => {
  for (;;) {
    const step = await batches.next()
    if (step.done === true) throw new Error('the subscription ended')
    if (step.value.events.length > 0) return step.value
  }
}

import { describe, expect, it } from 'vitest'
import { NO_STREAM } from '../../platform/event-store/event-store.ts'
import type { Current, ServedEventStoreUnderTest } from './event-store-under-test.ts'
import {
  appendForSure,
  ascending,
  collect,
  idsOf,
  inFlight,
  newEvent,
  newEvents,
  newLog,
  newStream,
  readOn,
} from './event-store-samples.ts'

export const interruptionCases = (current: Current<ServedEventStoreUnderTest>): void => {
  describe('when connections break', () => {
    it('writes every append once, and delivers every event once', async () => {
      const { store, interrupt } = current()
      const start = await store.head()
      const stop = new AbortController()
      const appends = Array.from({ length: 1500 }, () => ({ stream: newStream(), event: newEvent() }))
      const collecting = collect(
        store.subscribeAll(start, { signal: stop.signal, batchSize: 64 }),
        stop,
        (events) => events.length >= appends.length,
      )
      let done = 0
      const positions = new Map<string, string>()
      const writing = inFlight(
        32,
        appends.map(({ stream, event }) => async () => {
          const { position, revision } = await appendForSure(store, stream, [event], NO_STREAM)
          expect(revision).toBe(0)
          positions.set(event.id, position)
          done += 1
          // In the middle of the others' appends, not between them.
          if (done % 250 === 0) await interrupt()
        }),
      )
      await writing
      const events = await collecting
      expect(ascending(events)).toBe(true)
      expect(new Map(events.map(({ id, position }) => [id, position]))).toEqual(positions)
      expect(idsOf(await readOn(store, start))).toEqual(idsOf(events))
    })

    it('goes on with a subscription that waits at the head', async () => {
      const { store, interrupt } = current()
      const stop = new AbortController()
      const batches = store.subscribeAll(await store.head(), { signal: stop.signal })[Symbol.asyncIterator]()
      await batches.next()
      const expected: string[] = []
      const seen: string[] = []
      for (let round = 0; round < 5; round += 1) {
        await interrupt()
        const event = newEvent()
        await appendForSure(store, newStream(), [event], NO_STREAM)
        expected.push(event.id)
        while (seen.length < expected.length) {
          const { value } = (await batches.next()) as { value: { events: { id: string }[] } }
          seen.push(...value.events.map(({ id }) => id))
        }
      }
      stop.abort()
      expect(seen).toEqual(expected)
    })

    it('reads on', async () => {
      const { store, interrupt } = current()
      const log = await newLog(store, 3)
      for (let round = 0; round < 5; round += 1) {
        await interrupt()
        expect(await store.readStream(log[0]?.stream ?? '')).toEqual(log)
        await interrupt()
        expect(await store.head()).toBe(log[2]?.position)
      }
    })
  })

  describe('with a consumer that takes its time', () => {
    it('does not read on while nothing is asked of it', async () => {
      const { store, fetched } = current()
      const start = await store.head()
      for (let count = 0; count < 10; count += 1) await store.append(newStream(), newEvents(500), NO_STREAM)
      const stop = new AbortController()
      const before = fetched()
      const batches = store.subscribeAll(start, { signal: stop.signal, batchSize: 100 })[Symbol.asyncIterator]()
      await batches.next()
      // Other work on the same store goes on meanwhile; 500 events are ahead of what any client needs to buffer.
      for (let count = 0; count < 50; count += 1) await store.append(newStream(), [newEvent()], NO_STREAM)
      expect(fetched() - before).toBeLessThan(600)
      let rest = 0
      for (;;) {
        const step = await batches.next()
        if (step.done === true) break
        rest += step.value.events.length
        if (rest >= 4950) stop.abort()
      }
      expect(rest).toBe(4950)
    })
  })

  describe('another opening of the same log', () => {
    it('sees what this one wrote, and writes what this one sees', async () => {
      const { store, reopen } = current()
      const log = await newLog(store, 2)
      const stream = log[0]?.stream ?? ''
      const stop = new AbortController()
      const other = await reopen()
      try {
        expect(await other.readStream(stream)).toEqual(log)
        expect(await other.append(stream, log, NO_STREAM)).toMatchObject({ revision: 1, position: log[1]?.position })
        const collecting = collect(
          store.subscribeAll(await store.head(), { signal: stop.signal }),
          stop,
          (events) => events.length > 0,
        )
        const event = newEvent()
        await other.append(stream, [event], 1)
        expect(idsOf(await collecting)).toEqual([event.id])
      } finally {
        await other.close()
      }
    })

    it('refuses appends once it is closed', async () => {
      const other = await current().reopen()
      await other.close()
      await expect(other.append(newStream(), [newEvent()], NO_STREAM)).rejects.toMatchObject({ code: 'unavailable' })
    })
  })
}

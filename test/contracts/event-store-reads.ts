import { describe, expect, it } from 'vitest'
import { justBefore, MAX_APPEND_BYTES, NO_STREAM, START } from '../../platform/event-store/event-store.ts'
import type { Current } from './event-store-under-test.ts'
import { ascending, idsOf, newEvent, newEvents, newLog, newStream, readOn, written } from './event-store-samples.ts'

export const readCases = (current: Current): void => {
  describe('reading', () => {
    it('reads nothing from a stream that does not exist', async () => {
      expect(await current().store.readStream(newStream())).toEqual([])
    })

    it('reads a stream from a revision on, inclusive', async () => {
      const { store } = current()
      const stream = newStream()
      const events = newEvents(6)
      await store.append(stream, events, NO_STREAM)
      expect(idsOf(await store.readStream(stream))).toEqual(idsOf(events))
      expect(idsOf(await store.readStream(stream, 4))).toEqual(idsOf(events.slice(4)))
      expect(await store.readStream(stream, 6)).toEqual([])
      expect(await store.readStream(stream, 600)).toEqual([])
    })

    it('reads an event whole', async () => {
      const { store } = current()
      const stream = newStream()
      const event = newEvent()
      const { position } = await store.append(stream, [event], NO_STREAM)
      expect(await store.readStream(stream)).toEqual([{ ...event, stream, revision: 0, position }])
    })

    it.each([1, 3, 10, 1000])('reads the log in pages of %d without gap or repeat', async (limit) => {
      const { store } = current()
      const start = await store.head()
      const streams = [newStream(), newStream()]
      for (const stream of streams) await written(store, stream, newEvents(8))
      const events = await readOn(store, start, limit)
      expect(ascending(events)).toBe(true)
      const wanted = (await Promise.all(streams.map((stream) => store.readStream(stream)))).flat()
      expect(idsOf(events)).toEqual(idsOf(wanted))
    })

    it('never puts more into a page than was asked for, and leaves out the event at `after`', async () => {
      const { store } = current()
      const log = await newLog(store, 9)
      const page = await store.readAll(log[2]?.position ?? '', 4)
      expect(idsOf(page)).toEqual(idsOf(log.slice(3, 7)))
    })

    it('begins with an event when it reads from just before it', async () => {
      const { store } = current()
      const log = await newLog(store, 5)
      for (const at of [0, 2, 4]) {
        const page = await store.readAll(justBefore(log[at]?.position ?? ''), 2)
        expect(idsOf(page)).toEqual(idsOf(log.slice(at, at + 2)))
      }
    })

    it('reads nothing after the head', async () => {
      const { store } = current()
      await newLog(store, 1)
      expect(await store.readAll(await store.head(), 10)).toEqual([])
      expect(await store.readAll('9'.repeat(20), 10)).toEqual([])
    })

    it('reads the log from its start', async () => {
      const { store } = current()
      const log = await newLog(store, 2)
      const all = await readOn(store, START, 10_000)
      expect(ascending(all)).toBe(true)
      expect(idsOf(all.slice(-2))).toEqual(idsOf(log))
      expect(all.at(-1)?.position).toBe(await store.head())
    })

    it.each([0, -1, 10_001, 1.5])('refuses a page of %d events', async (limit) => {
      await expect(current().store.readAll(START, limit)).rejects.toBeInstanceOf(RangeError)
    })

    it.each(['', '0', 'x'.repeat(20), `-${'0'.repeat(19)}`])('refuses %j as a position', async (position) => {
      await expect(current().store.readAll(position, 10)).rejects.toBeInstanceOf(RangeError)
    })

    it('pages through events as large as they may be', async () => {
      const { store } = current()
      const start = await store.head()
      const data = 'x'.repeat(MAX_APPEND_BYTES - 2)
      for (let count = 0; count < 20; count += 1) await store.append(newStream(), [newEvent({ data })], NO_STREAM)
      const events = await readOn(store, start, 1000)
      expect(events.map((event) => (event.data as string).length)).toEqual(Array(20).fill(data.length))
    })
  })
}

import { describe, expect, it } from 'vitest'
import { NO_STREAM } from '../../platform/event-store/event-store.ts'
import { isVersionConflict } from '../../platform/platform-error.ts'
import type { Current } from './event-store-under-test.ts'
import { ascending, idsOf, inFlight, newEvent, newEvents, newStream, readOn, written } from './event-store-samples.ts'

export const appendCases = (current: Current): void => {
  describe('appending', () => {
    it('counts revisions per stream from 0 and gives positions that rise', async () => {
      const { store } = current()
      const [first, second] = [newStream(), newStream()]
      const start = await store.head()
      const a = await store.append(first, [newEvent()], NO_STREAM)
      const b = await store.append(second, newEvents(3), NO_STREAM)
      const c = await store.append(first, [newEvent()], 0)
      expect([a.revision, b.revision, c.revision]).toEqual([0, 2, 1])
      for (const { position } of [a, b, c]) expect(position).toMatch(/^\d{20}$/)
      expect(start < a.position && a.position < b.position && b.position < c.position).toBe(true)
      expect(await store.head()).toBe(c.position)
    })

    it('answers with the revision and position of the last event', async () => {
      const { store } = current()
      const stream = newStream()
      const result = await store.append(stream, newEvents(4), NO_STREAM)
      const last = (await store.readStream(stream)).at(-1)
      expect({ revision: last?.revision, position: last?.position }).toEqual(result)
    })

    it('keeps the events of one append together and in order, among concurrent appends', async () => {
      const { store } = current()
      const start = await store.head()
      const appends = Array.from({ length: 60 }, (_, index) => ({
        stream: newStream(),
        events: newEvents(1 + (index % 7)),
      }))
      await inFlight(
        60,
        appends.map(
          ({ stream, events }) =>
            () =>
              store.append(stream, events, NO_STREAM),
        ),
      )
      const log = await readOn(store, start)
      expect(ascending(log)).toBe(true)
      expect(log).toHaveLength(appends.reduce((sum, { events }) => sum + events.length, 0))
      for (const { stream, events } of appends) {
        const first = log.findIndex((event) => event.stream === stream)
        expect(idsOf(log.slice(first, first + events.length))).toEqual(idsOf(events))
      }
    })

    it('makes what it acknowledged visible at once', async () => {
      const { store } = current()
      const stream = newStream()
      for (let revision = 0; revision < 25; revision += 1) {
        const { position } = await store.append(stream, [newEvent()], revision - 1)
        expect(await store.head()).toBe(position)
        expect((await store.readStream(stream)).at(-1)?.position).toBe(position)
      }
    })

    it('lets one of 200 racers create a stream, and tells the others where it is', async () => {
      const { store } = current()
      const stream = newStream()
      const racers = await Promise.allSettled(
        Array.from({ length: 200 }, () => store.append(stream, [newEvent()], NO_STREAM)),
      )
      expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const racer of racers) {
        if (racer.status === 'fulfilled') continue
        expect(isVersionConflict(racer.reason) && racer.reason.actualRevision).toBe(0)
      }
      expect(await store.readStream(stream)).toHaveLength(1)
    })

    it('gives each revision to one of the writers that read it', async () => {
      const { store } = current()
      const stream = newStream()
      await written(store, stream, newEvents(1))
      const writer = async (): Promise<void> => {
        for (let left = 15; left > 0;) {
          const read = await store.readStream(stream)
          try {
            await store.append(stream, [newEvent()], read.length - 1)
            left -= 1
          } catch (error) {
            if (!isVersionConflict(error)) throw error
          }
        }
      }
      await Promise.all(Array.from({ length: 6 }, writer))
      const events = await store.readStream(stream)
      expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 91 }, (_, index) => index))
      expect(ascending(events)).toBe(true)
    })

    it.each([
      ['ahead of a stream that does not exist', 0, 0, -1],
      ['ahead of the stream', 3, 5, 2],
      ['behind the stream', 3, 1, 2],
      ['as if there were no stream', 3, NO_STREAM, 2],
      ['far beyond any stream', 3, Number.MAX_SAFE_INTEGER, 2],
    ])('refuses an append %s, and says where the stream is', async (_, length, expected, actualRevision) => {
      const { store } = current()
      const stream = newStream()
      await written(store, stream, newEvents(length))
      const refused = store.append(stream, newEvents(2), expected)
      await expect(refused).rejects.toMatchObject({ code: 'version-conflict', actualRevision })
      expect(await store.readStream(stream)).toHaveLength(length)
    })

    it('writes all events of an append or none', async () => {
      const { store } = current()
      const stream = newStream()
      const events = newEvents(3)
      await store.append(stream, events, NO_STREAM)
      const start = await store.head()
      const [first] = events
      const halfKnown = [first ?? newEvent(), newEvent()]
      await expect(store.append(stream, halfKnown, NO_STREAM)).rejects.toMatchObject({ code: 'version-conflict' })
      expect(await readOn(store, start)).toEqual([])
    })
  })
}

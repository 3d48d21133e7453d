import { beforeAll, describe, expect, it } from 'vitest'
import { type AppendResult, type NewEvent, NO_STREAM } from '../../platform/event-store/event-store.ts'
import type { Current } from './event-store-under-test.ts'
import { idsOf, newEvent, newStream, readOn } from './event-store-samples.ts'

/** The rules and most rows are those of EventStoreDB for exact revisions, which every adapter keeps. */
export const repeatCases = (current: Current): void => {
  describe('repeating an append', () => {
    const [a, b, d, f, g, fresh] = [newEvent(), newEvent(), newEvent(), newEvent(), newEvent(), newEvent()]
    const stream = newStream()
    let results: Record<'a' | 'b' | 'df' | 'g', AppendResult>

    beforeAll(async () => {
      const { store } = current()
      results = {
        a: await store.append(stream, [a], NO_STREAM),
        b: await store.append(stream, [b], 0),
        df: await store.append(stream, [d, f], 1),
        g: await store.append(stream, [g], 3),
      }
    })

    const unchanged = async (attempt: () => Promise<unknown>): Promise<void> => {
      const { store } = current()
      const start = await store.head()
      await attempt()
      expect(await readOn(store, start)).toEqual([])
      expect(idsOf(await store.readStream(stream))).toEqual(idsOf([a, b, d, f, g]))
    }

    it.each<[string, NewEvent[], number, keyof typeof results]>([
      ['the first append after others followed', [a], NO_STREAM, 'a'],
      ['an append of several events', [d, f], 1, 'df'],
      ['the last append', [g], 3, 'g'],
      ['the last events of an append, at the revision before them', [f], 2, 'df'],
      ['events of several appends', [d, f, g], 1, 'g'],
      ['the whole stream', [a, b, d, f, g], NO_STREAM, 'g'],
      ['an append whose id is in upper case', [{ ...b, id: b.id.toUpperCase() }], 0, 'b'],
      ['an append with other data', [{ ...a, data: { other: true } }], NO_STREAM, 'a'],
    ])('returns the first result of %s', async (_, events, expected, result) => {
      await unchanged(async () => {
        expect(await current().store.append(stream, events, expected)).toEqual(results[result])
      })
    })

    it('returns revision and position of the last of the first events of an append', async () => {
      const { store } = current()
      await unchanged(async () => {
        const stored = (await store.readStream(stream))[2]
        expect(await store.append(stream, [d], 1)).toEqual({ revision: 2, position: stored?.position })
      })
    })

    it.each<[string, NewEvent[], number]>([
      ['the last events of an append at the revision before all of them', [f], 1],
      ['a new event after a known one', [d, fresh], 1],
      ['a new event beyond the head after known ones', [d, f, g, fresh], 1],
      ['a new event before a known one', [fresh, f], 1],
      ['known events in another order', [f, d], 1],
      ['a new event where the stream already is further', [fresh], 1],
    ])('refuses %s', async (_, events, expected) => {
      await unchanged(async () => {
        const refused = current().store.append(stream, events, expected)
        await expect(refused).rejects.toMatchObject({ code: 'version-conflict', actualRevision: 4 })
      })
    })

    it('keeps the first data when a repeat brings others', async () => {
      const { store } = current()
      const [name, event] = [newStream(), newEvent({ data: { take: 1 } })]
      await store.append(name, [event], NO_STREAM)
      await store.append(name, [{ ...event, data: { take: 2 } }], NO_STREAM)
      expect((await store.readStream(name)).map(({ data }) => data)).toEqual([{ take: 1 }])
    })

    it('does not look at ids when the expected revision is the head: the event is written again', async () => {
      const { store } = current()
      const [name, event] = [newStream(), newEvent()]
      await store.append(name, [event], NO_STREAM)
      expect((await store.append(name, [event], 0)).revision).toBe(1)
    })

    it('writes both when an id comes twice in one append', async () => {
      const { store } = current()
      const [name, event] = [newStream(), newEvent()]
      const first = await store.append(name, [event, event], NO_STREAM)
      expect(first.revision).toBe(1)
      expect(await store.append(name, [event, event], NO_STREAM)).toEqual(first)
    })

    it('takes the same id in another stream for another event', async () => {
      const { store } = current()
      const [here, there, event] = [newStream(), newStream(), newEvent()]
      const first = await store.append(here, [event], NO_STREAM)
      const second = await store.append(there, [event], NO_STREAM)
      expect(second.position > first.position).toBe(true)
      expect(await store.append(here, [event], NO_STREAM)).toEqual(first)
      expect(await store.append(there, [event], NO_STREAM)).toEqual(second)
    })

    it('remembers an append after thousands of others', async () => {
      const { store } = current()
      const [name, event] = [newStream(), newEvent()]
      const first = await store.append(name, [event], NO_STREAM)
      for (let batch = 0; batch < 20; batch += 1) {
        await store.append(
          newStream(),
          Array.from({ length: 100 }, () => newEvent()),
          NO_STREAM,
        )
      }
      expect(await store.append(name, [event], NO_STREAM)).toEqual(first)
    })
  })
}

import { describe, expect, it } from 'vitest'
import { MAX_APPEND_BYTES, type NewEvent, NO_STREAM } from '../../platform/event-store/event-store.ts'
import type { Current } from './event-store-under-test.ts'
import { newEvent, newStream, readOn } from './event-store-samples.ts'

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

export const refusalCases = (current: Current): void => {
  describe('refusing an append that breaks a rule', () => {
    const refused = async (stream: string, events: readonly NewEvent[], expected = NO_STREAM): Promise<void> => {
      const { store } = current()
      const start = await store.head()
      await expect(store.append(stream, events, expected)).rejects.toMatchObject({ code: 'invalid-append' })
      expect(await readOn(store, start)).toEqual([])
    }

    it.each<[string, Partial<NewEvent>]>([
      ['no type', { type: '' }],
      ['a type with U+0000', { type: 'a\0b' }],
      ["a type of EventStoreDB's own", { type: '$metadata' }],
      ['a type with half a surrogate pair', { type: 'a\ud800' }],
      ['an id that is no UUID', { id: 'b1' }],
      ['an id of zeros', { id: '00000000-0000-0000-0000-000000000000' }],
      ['an empty id', { id: '' }],
      ['undefined data', { data: undefined }],
      ['a function as data', { data: () => 1 }],
      ['a bigint in its data', { data: { size: 1n } }],
      ['a cycle in its data', { data: cyclic }],
      ['undefined metadata', { metadata: undefined }],
      ['a bigint in its metadata', { metadata: { at: 1n } }],
    ])('refuses an event with %s', async (_, over) => {
      await refused(newStream(), [newEvent(), newEvent(over)])
    })

    it.each([
      ['without a name', ''],
      ['with U+0000 in its name', 'sample-\0'],
      ['with half a surrogate pair in its name', 'sample-\udc00'],
    ])('refuses a stream %s', async (_, stream) => {
      await refused(stream, [newEvent()])
    })

    it('refuses no events at all', async () => {
      await refused(newStream(), [])
    })

    it.each([-2, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d as an expected revision', async (expected) => {
      await refused(newStream(), [newEvent()], expected)
    })

    it('counts the data bytes of all events of an append against the limit, not their metadata', async () => {
      const { store } = current()
      const quotes = 2
      const half = newEvent({ data: 'x'.repeat(MAX_APPEND_BYTES / 2 - quotes) })
      const other = newEvent({ data: 'é'.repeat(MAX_APPEND_BYTES / 4 - quotes / 2) })
      const stream = newStream()
      await refused(stream, [half, newEvent({ data: `${String(other.data)}x` })])
      await refused(stream, [half, other, newEvent({ data: 1 })])
      expect((await store.append(stream, [half, other], NO_STREAM)).revision).toBe(1)
      expect((await store.readStream(stream)).map(({ data }) => data)).toEqual([half.data, other.data])
    })

    it('limits the bytes of metadata likewise', async () => {
      const { store } = current()
      const most = 'x'.repeat(MAX_APPEND_BYTES - 2)
      await refused(newStream(), [newEvent({ metadata: `${most}x` })])
      const stream = newStream()
      await store.append(stream, [newEvent({ data: most, metadata: most })], NO_STREAM)
      expect((await store.readStream(stream))[0]?.metadata).toBe(most)
    })

    it('says no to a bad append in the middle of good ones, and to that one alone', async () => {
      const { store } = current()
      const streams = Array.from({ length: 20 }, () => newStream())
      const answers = await Promise.allSettled(
        streams.map((stream, index) => store.append(stream, [newEvent(index === 9 ? { type: '' } : {})], NO_STREAM)),
      )
      expect(answers.map(({ status }) => status === 'rejected').indexOf(true)).toBe(9)
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(19)
    })
  })
}

import { describe, expect, it } from 'vitest'
import { NO_STREAM } from '../../platform/event-store/event-store.ts'
import type { Current } from './event-store-under-test.ts'
import { newEvent, newEvents, newStream, readOn } from './event-store-samples.ts'

/** Values whose JSON text is easily lost on the way; compared by that text, key order included. */
const AWKWARD: readonly [string, unknown][] = [
  ['an escaped U+0000', { text: 'a\0b', ['k\0']: '\0' }],
  ['every control character', Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')],
  ['halves of surrogate pairs', ['\ud800', '\udfff', 'a\udc00b', { ['\ud83d']: 1 }]],
  ['keys in an order of their own', { b: 1, a: 2, 2: 3, 1: 4, aa: 5, B: 6 }],
  [
    'numbers at and beyond 2^53',
    [2 ** 53, 2 ** 53 + 2, Number.MAX_SAFE_INTEGER, 1e308, 5e-324, 1.7976931348623157e308],
  ],
  ['minus zero, which JSON writes as 0', [-0, 0]],
  ['what JSON writes as null', [Number.NaN, Number.POSITIVE_INFINITY, undefined]],
  ['a key named __proto__', JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null}')],
  ['an empty object', {}],
  ['an empty array', []],
  ['an empty string', ''],
  ['null', null],
  ['false', false],
  ['a number', 7.25],
  ['quotes, backslashes and braces', '"\\{}\',$1\\x1e%s'],
  ['separators of lines, records and units', '\u2028\u2029\u001e\u001f\r\n\u0085\ufeff'],
  ['scripts, emoji and non-characters', 'Grüße 你好 שלום 👩‍👩‍👧‍👦 \uffff \u{10ffff} e\u0301 é'],
  ['deep nesting', Array.from({ length: 500 }).reduce<unknown>((inner) => [inner], 1)],
  ['a date', { at: new Date(0), gone: undefined }],
]

export const byteCases = (current: Current): void => {
  describe('keeping what was written', () => {
    it.each(AWKWARD)('keeps %s in data and metadata', async (_, value) => {
      const { store } = current()
      const stream = newStream()
      const start = await store.head()
      await store.append(stream, [newEvent({ data: value, metadata: { value } }), newEvent()], NO_STREAM)
      const text = JSON.stringify(value)
      for (const events of [await store.readStream(stream), await readOn(store, start)]) {
        expect(JSON.stringify(events[0]?.data)).toBe(text)
        expect(JSON.stringify(events[0]?.metadata)).toBe(JSON.stringify({ value }))
      }
    })

    it('does not let a key named __proto__ reach a prototype', async () => {
      const { store } = current()
      const stream = newStream()
      await store.append(stream, [newEvent({ data: JSON.parse('{"__proto__":{"polluted":true}}') })], NO_STREAM)
      const [event] = await store.readStream(stream)
      expect(Object.getPrototypeOf(event?.data)).toBe(Object.prototype)
      expect(Object.keys(event?.data as object)).toEqual(['__proto__'])
    })

    it.each([
      ['unicode', 'пакет-日本語 🚀 e\u0301'],
      ['spaces and slashes', 'a b/c//d?e#f'],
      ['quotes and backslashes', `"\\'{},NULL`],
      ['control characters', 'a\u0001\n\t\u001eb'],
      ['5,000 characters', 'x'.repeat(4950)],
      ['5,000 characters beyond the basic plane', '𝕏'.repeat(2475)],
    ])('takes %s in names of streams and types', async (_, name) => {
      const { store } = current()
      const start = await store.head()
      const [stream, sibling] = [`${newStream()}${name}`, `${newStream()}${name}`]
      const type = `T${name}`
      await store.append(stream, [newEvent({ type })], NO_STREAM)
      await store.append(sibling, newEvents(2), NO_STREAM)
      await store.append(stream, [newEvent({ type })], 0)
      const events = await store.readStream(stream)
      expect(events.map((event) => [event.stream, event.type, event.revision])).toEqual([
        [stream, type, 0],
        [stream, type, 1],
      ])
      expect((await readOn(store, start)).map((event) => event.stream)).toEqual([stream, sibling, sibling, stream])
    })

    it('tells apart stream names that differ in case, form or a trailing space', async () => {
      const { store } = current()
      const base = newStream('Case')
      const names = [`${base}é`, `${base}e\u0301`, `${base}É`, base, `${base} `, base.toUpperCase()]
      for (const name of names) expect((await store.append(name, [newEvent()], NO_STREAM)).revision).toBe(0)
      for (const name of names) expect(await store.readStream(name)).toHaveLength(1)
    })

    it('gives ids back in lower case', async () => {
      const { store } = current()
      const stream = newStream()
      const event = newEvent()
      await store.append(stream, [{ ...event, id: event.id.toUpperCase() }], NO_STREAM)
      expect((await store.readStream(stream))[0]?.id).toBe(event.id)
    })

    it('takes many small events in one append', async () => {
      const { store } = current()
      const stream = newStream()
      const events = Array.from({ length: 10_000 }, (_, index) => newEvent({ data: index, metadata: {} }))
      expect((await store.append(stream, events, NO_STREAM)).revision).toBe(9999)
      const read = await store.readStream(stream)
      expect(read.map(({ data }) => data)).toEqual(events.map(({ data }) => data))
    })
  })
}

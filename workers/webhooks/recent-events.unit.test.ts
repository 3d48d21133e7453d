import { expect, it } from 'vitest'
import type { RecordedEvent } from '../../platform/event-store/event-store.ts'
import { recentEvents } from './recent-events.ts'

const positionOf = (number: number): string => String(number).padStart(20, '0')
const eventAt = (number: number): RecordedEvent => ({
  id: `event ${number}`,
  type: 'Happened',
  stream: 'thing-1',
  revision: number,
  position: positionOf(number),
  data: {},
  metadata: {},
})

/** A log that has an event at every third position. */
const opened = ({ length = 1000, broken = false, most = Infinity } = {}) => {
  const events = Array.from({ length }, (_, at) => eventAt(at * 3))
  const reads: number[] = []
  const state = { broken }
  const store = {
    readAll: (after: string, limit: number) => {
      reads.push(limit)
      if (state.broken) return Promise.reject(new Error('the store is away'))
      return Promise.resolve(events.filter(({ position }) => position > after).slice(0, Math.min(limit, most)))
    },
    readStream: () => Promise.resolve([]),
  }
  return { source: recentEvents(store, { onEvents: () => () => undefined }), reads, state }
}

const idsAt = (source: ReturnType<typeof opened>['source'], numbers: readonly number[]) =>
  Promise.all(numbers.map(async (number) => (await source.at(positionOf(number)))?.id))

it('reads neighbours that are wanted at once in one go, and the next ones with them', async () => {
  const { source, reads } = opened()
  const numbers = Array.from({ length: 16 }, (_, at) => 300 + at * 3)
  expect(await idsAt(source, numbers)).toEqual(numbers.map((number) => `event ${number}`))
  expect(await idsAt(source, [348, 393])).toEqual(['event 348', 'event 393'])
  expect(reads).toEqual([32])
})

it('reads more of a backlog each time, and little when what it read ahead was not wanted', async () => {
  const { source, reads } = opened({ length: 10_000 })
  for (let number = 0; number < 2000; number += 3) await source.at(positionOf(number))
  expect(reads).toEqual([2, 4, 8, 16, 32, 64, 128, 128, 128, 128, 128])
  for (const number of [20_001, 9_000, 27_000]) await source.at(positionOf(number))
  expect(reads.slice(11)).toEqual([2, 2, 2])
})

it('reads a backlog on before it has come to the end of a page', async () => {
  const { source, reads } = opened({ length: 10_000 })
  const full = () => reads.filter((limit) => limit === 128).length
  for (let at = 0; at < 126 + 64; at += 1) await source.at(positionOf(at * 3))
  expect(full()).toBe(1)
  await source.at(positionOf((126 + 64) * 3))
  expect(full()).toBe(2)
  expect(await idsAt(source, [(126 + 127) * 3, (126 + 128) * 3])).toEqual(['event 759', 'event 762'])
  expect(full()).toBe(2)
})

it('finds what is far apart, and says of every position whether an event is there', async () => {
  const { source } = opened()
  const numbers = [2997, 0, 1, 1500, 1501, 2998, 5000]
  const found = ['event 2997', 'event 0', undefined, 'event 1500', undefined, undefined, undefined]
  expect(await idsAt(source, numbers)).toEqual(found)
})

it('finds what is beyond a page that ended early because its events are large', async () => {
  const { source } = opened({ most: 3 })
  const numbers = [300, 303, 309, 321, 2997, 3000]
  const found = ['event 300', 'event 303', 'event 309', 'event 321', 'event 2997', undefined]
  expect(await idsAt(source, numbers)).toEqual(found)
})

it('tells all that want something when the store is away, and asks anew afterwards', async () => {
  const { source, state } = opened({ broken: true })
  const asked = await Promise.allSettled([source.at(positionOf(3)), source.at(positionOf(6))])
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  state.broken = false
  expect(await idsAt(source, [3, 6])).toEqual(['event 3', 'event 6'])
})

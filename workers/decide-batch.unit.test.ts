import { expect, it } from 'vitest'
import { START, type RecordedEvent } from '../platform/event-store/event-store.ts'
import { derivedId } from '../platform/ids.ts'
import { decideBatch, isIdle } from './decide-batch.ts'
import type { LoggedEvent, ProcessManager, Reaction } from './work.ts'

/** Reacts as the data of an event says. */
const manager: ProcessManager<number> = {
  name: 'test',
  version: 1,
  initialState: 0,
  react: (state, { type, data }) => {
    if (type === 'Nothing') return { state }
    if (type === 'Poison') throw new Error('it cannot be decided')
    return { ...(data as Omit<Reaction<number>, 'state'>), state: state + 1 }
  },
}

const positionOf = (number: number): string => String(number).padStart(20, '0')
type Said = readonly [type: string, data?: unknown]
const log = (...events: readonly Said[]): RecordedEvent[] =>
  events.map(([type, data = {}], index) => ({
    id: derivedId('event', index),
    type,
    data,
    metadata: {},
    stream: 'test-1',
    revision: index,
    position: positionOf(index + 1),
  }))

const read = (event: RecordedEvent): LoggedEvent => event as LoggedEvent
const idOf = (name: string): string => derivedId('job', name)
const job = (name: string, lane = 'a') => ({ id: idOf(name), kind: 'test', lane, data: { name } })
const wants = (...jobs: readonly ReturnType<typeof job>[]) => ['Wants', { jobs }] as const
const settles = (...names: readonly string[]) => ['Settles', { settled: names.map(idOf) }] as const
const lane = (name: string, to: string) => ['Lane', { lanes: new Map([[name, to]]) }] as const

const decided = (...events: readonly Said[]) =>
  decideBatch(manager as ProcessManager, { state: 0, position: START }, log(...events), read)
const namesIn = ({ jobs }: ReturnType<typeof decided>) =>
  [...jobs.values()].map(({ data }) => (data as { name: string }).name)

it('wants jobs in the order of events, each once', () => {
  const decision = decided(wants(job('1'), job('2')), ['Nothing'], wants(job('2'), job('3')))
  expect(namesIn(decision)).toEqual(['1', '2', '3'])
  expect(decision).toMatchObject({ state: 2, position: positionOf(3), poison: undefined, rest: [] })
})

it('does not look at events that were decided before', () => {
  const events = log(wants(job('1')), wants(job('2')))
  const decision = decideBatch(manager as ProcessManager, { state: 1, position: positionOf(1) }, events, read)
  expect(namesIn(decision)).toEqual(['2'])
})

it('wants nothing that is settled in the same batch, and wants it again when it is wanted after that', () => {
  const over = decided(wants(job('1'), job('2')), settles('1'))
  expect(namesIn(over)).toEqual(['2'])
  expect([...over.settled]).toEqual([idOf('1')])
  const again = decided(wants(job('1')), settles('1'), wants(job('1')))
  expect(namesIn(again)).toEqual(['1'])
  expect([...again.settled]).toEqual([idOf('1')])
})

it('leaves of a lane the last that was said, and of a dropped one what came after that', () => {
  const decision = decided(lane('a', 'held'), wants(job('1'), job('2', 'b')), lane('a', 'dropped'), wants(job('3')))
  expect(namesIn(decision)).toEqual(['2', '3'])
  expect([...decision.droppedLanes]).toEqual(['a'])
  expect([...decision.lanes]).toEqual([])
  expect([...decided(lane('a', 'held'), lane('a', 'open')).lanes]).toEqual([['a', 'open']])
})

it('knows what people want of single jobs', () => {
  const decision = decided(wants(job('1')), ['JobDropped', { jobId: idOf('1') }], ['JobRetried', { jobId: idOf('2') }])
  expect(namesIn(decision)).toEqual([])
  expect([...decision.settled]).toEqual([idOf('1')])
  expect([...decision.dropped]).toEqual([idOf('1')])
  expect([...decision.retried]).toEqual([idOf('2')])
})

it('stops before an event that it cannot decide', () => {
  const decision = decided(wants(job('1')), ['Poison'], wants(job('2')))
  expect(namesIn(decision)).toEqual(['1'])
  expect(decision.position).toBe(positionOf(1))
  expect(decision.poison).toMatchObject({ event: { type: 'Poison' }, reason: 'it cannot be decided' })
})

it.each([
  ['an id that is no UUID', { ...job('1'), id: '1' }, 'UUID'],
  ['a kind with capitals', { ...job('1'), kind: 'Test' }, 'kind'],
  ['a lane with a NUL', job('1', 'a\0'), 'lane'],
  ['data that is no JSON value', { ...job('1'), data: undefined }, 'JSON'],
  ['data that is too large', { ...job('1'), data: 'x'.repeat(65_536) }, 'bytes'],
])('takes a job with %s for what cannot be decided', (_, wrong, reason) => {
  expect(decided(['Wants', { jobs: [wrong] }]).poison?.reason).toContain(reason)
})

it('leaves events for another decision when there are many jobs', () => {
  const many = Array.from({ length: 3000 }, (_, index) => job(`many ${index}`))
  const decision = decided(
    wants(...many),
    wants(...many.map(({ id: _, ...rest }, index) => ({ ...rest, id: idOf(`more ${index}`) }))),
    ['Nothing'],
  )
  expect(decision.jobs.size).toBe(6000)
  expect(decision.rest.map(({ type }) => type)).toEqual(['Nothing'])
})

it('is idle when nothing changed but the position', () => {
  expect(isIdle(decided(['Nothing'], ['Nothing']), 0)).toBe(true)
  expect(isIdle(decided(wants(job('1'))), 0)).toBe(false)
  expect(isIdle(decided(['JobRetried', { jobId: idOf('1') }]), 0)).toBe(false)
})

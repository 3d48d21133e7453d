import { expect, it } from 'vitest'
import { newEvent } from '../../test/contracts/event-store-samples.ts'
import { type RecordedEvent, START } from './event-store.ts'
import { newRing } from './ring.ts'

const at = (position: number, data: unknown = {}): RecordedEvent => ({
  ...newEvent({ data }),
  stream: 'sample-1',
  revision: 0,
  position: String(position).padStart(20, '0'),
})

const positions = (events: readonly RecordedEvent[]): number[] => events.map(({ position }) => Number(position))

it('gives what follows a position, up to a limit, also where positions have gaps', () => {
  const ring = newRing({ size: 10, bytes: 1e6, floor: START })
  ring.push([at(5), at(9), at(12), at(40)])
  expect(positions(ring.after(START, 10))).toEqual([5, 9, 12, 40])
  expect(positions(ring.after(at(9).position, 10))).toEqual([12, 40])
  expect(positions(ring.after(at(10).position, 1))).toEqual([12])
  expect(ring.after(at(40).position, 10)).toEqual([])
  expect(ring.after(at(99).position, 10)).toEqual([])
})

it('keeps the latest and says from where on it is complete', () => {
  const ring = newRing({ size: 3, bytes: 1e6, floor: at(1).position })
  expect(ring.floor).toBe(at(1).position)
  ring.push([at(2), at(3)])
  expect(ring.floor).toBe(at(1).position)
  ring.push([at(4), at(5), at(6)])
  expect(ring.floor).toBe(at(3).position)
  expect(positions(ring.after(ring.floor, 10))).toEqual([4, 5, 6])
})

it('is bounded in memory too, whatever the size of the events', () => {
  const ring = newRing({ size: 1000, bytes: 100_000, floor: START })
  for (let position = 1; position <= 50; position += 1) ring.push([at(position, 'x'.repeat(30_000))])
  expect(positions(ring.after(ring.floor, 1000))).toEqual([48, 49, 50])
  ring.push([at(51, 'x'.repeat(200_000))])
  expect(ring.floor).toBe(at(51).position)
  ring.push([at(52)])
  expect(positions(ring.after(ring.floor, 1000))).toEqual([52])
})

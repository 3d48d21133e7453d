import { expect, it } from 'vitest'
import type { EventStore, RecordedEvent } from '../../platform/event-store/event-store.ts'
import { undescribedEvents } from './asyncapi-observed.ts'

const log = (...events: { type: string; data: unknown }[]): Pick<EventStore, 'readAll'> => {
  const recorded = events.map((event, at): RecordedEvent => ({
    ...event,
    id: `e${at}`,
    stream: 'project-1',
    revision: at,
    position: String(at + 1).padStart(20, '0'),
    metadata: { schemaVersion: 1 },
  }))
  return {
    readAll: (after, limit) => Promise.resolve(recorded.filter(({ position }) => position > after).slice(0, limit)),
  }
}

const right = { type: 'GroupCreated', data: { group: 'makers' } }

it('finds events that are not as their schema says', async () => {
  expect(await undescribedEvents(log(right))).toEqual([])
  const wrong = { type: 'GroupCreated', data: { group: 'makers', more: 1 } }
  expect(await undescribedEvents(log(right, wrong))).toEqual([expect.stringContaining('GroupCreated in project-1')])
  expect(await undescribedEvents(log({ type: 'Nothing', data: {} }))).toEqual([
    'Nothing in project-1 is of no known type',
  ])
})

import { LRUCache } from 'lru-cache'
import {
  justBefore,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../../platform/event-store/event-store.ts'
import type { Tail } from '../../platform/event-store/tail.ts'
import { weightOf } from '../../platform/event-store/weight.ts'
import type { EventPlace } from './webhook-jobs.ts'

const MOST_EVENTS = 8192
const MOST_BYTES = 16 * 1024 * 1024

/** Events by their place: those of a moment ago from memory, since they are wanted once for each webhook. */
export interface EventSource {
  /** Undefined: none is there. Throws what the store throws. */
  at(position: Position): Promise<RecordedEvent | undefined>
  inStream(place: EventPlace): Promise<RecordedEvent | undefined>
  close(): void
}

export const recentEvents = (
  store: Pick<EventStore, 'readAll' | 'readStream'>,
  tail: Pick<Tail, 'onEvents'>,
): EventSource => {
  const recent = new LRUCache<Position, RecordedEvent>({
    max: MOST_EVENTS,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ data, metadata }) => 200 + weightOf(data) + weightOf(metadata),
  })
  const close = tail.onEvents((events) => {
    for (const event of events) recent.set(event.position, event)
  })
  return {
    async at(position) {
      const known = recent.get(position)
      if (known !== undefined) return known
      const [event] = await store.readAll(justBefore(position), 1)
      return event?.position === position ? event : undefined
    },
    async inStream({ stream, revision }) {
      const [event] = await store.readStream(stream, revision)
      return event?.revision === revision ? event : undefined
    },
    close,
  }
}

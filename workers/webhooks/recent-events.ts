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

/** So few of those that had to be read are kept that most of them are young garbage, which costs little. */
const MOST_READ = 512
const MOST_AT_ONCE = 128
/** One in so many of the events that were read ahead has to be asked for, or fewer are read the next time. */
const USED = 4

interface Wanted {
  readonly position: Position
  readonly event: Promise<RecordedEvent | undefined>
  readonly resolve: (event: RecordedEvent | undefined) => void
  readonly reject: (error: unknown) => void
}

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
  const read = new LRUCache<Position, RecordedEvent>({ max: MOST_READ })
  const wanted = new Map<Position, Wanted>()
  let reading = false
  /** What the last page had beside what was wanted, as long as nobody has asked for it. */
  let unasked = new Set<Position>()
  let ahead = 0
  let last: { readonly limit: number; readonly end: Position | undefined } = { limit: 0, end: undefined }

  /** Those that are wanted at the same time are mostly neighbours, and the next ones theirs: ever more while that is so. */
  const limitFor = (count: number): number => {
    const grows = (ahead - unasked.size) * USED >= ahead
    return Math.min(MOST_AT_ONCE, Math.max(count * 2, grows ? last.limit * 2 : 0))
  }

  const readPage = async (after: Position, limit: number): Promise<void> => {
    const some = [...wanted.values()]
    const page = await store.readAll(after, limit)
    for (const event of page) read.set(event.position, event)
    const found = new Map(page.map((event) => [event.position, event]))
    // a page ends early when its events are large: only an empty one says that nothing is beyond
    const end = page.at(-1)?.position
    for (const { position, resolve } of some) {
      if (position <= after || (end !== undefined && position > end)) continue
      wanted.delete(position)
      resolve(found.get(position))
      found.delete(position)
    }
    unasked = new Set(found.keys())
    ahead = unasked.size
    last = { limit, end: page.length < limit ? undefined : end }
  }
  const readWanted = async (): Promise<void> => {
    while (wanted.size > 0) {
      const first = [...wanted.keys()].reduce((one, other) => (other < one ? other : one))
      try {
        await readPage(justBefore(first), limitFor(wanted.size))
      } catch (error) {
        for (const { reject } of wanted.values()) reject(error)
        wanted.clear()
      }
    }
    reading = false
  }
  /** A backlog is read on before the last of a page is asked for, so that nobody has to wait for the next one. */
  const readOn = (): void => {
    const { limit, end } = last
    if (reading || end === undefined || limit < MOST_AT_ONCE || unasked.size * 2 > ahead) return
    reading = true
    void readPage(end, limit)
      .catch(() => undefined) // whoever wants it reads it, and is told
      .then(readWanted)
  }
  const want = (position: Position): Promise<RecordedEvent | undefined> => {
    const known = wanted.get(position)
    if (known !== undefined) return known.event
    const { promise: event, resolve, reject } = Promise.withResolvers<RecordedEvent | undefined>()
    wanted.set(position, { position, event, resolve, reject })
    if (!reading) {
      reading = true
      // others of this moment go along
      setImmediate(() => void readWanted())
    }
    return event
  }

  return {
    async at(position) {
      if (unasked.delete(position)) readOn()
      return recent.get(position) ?? read.peek(position) ?? (await want(position))
    },
    async inStream({ stream, revision }) {
      const [event] = await store.readStream(stream, revision)
      return event?.revision === revision ? event : undefined
    },
    close,
  }
}

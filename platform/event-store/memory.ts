import { PlatformError, VersionConflict } from '../platform-error.ts'
import { newBell } from './bell.ts'
import { checkedAppend, type WrittenEvent } from './checked-append.ts'
import { checkedLimit, checkedPosition } from './checked-read.ts'
import { type AppendResult, type EventStore, type Position, type RecordedEvent, START } from './event-store.ts'
import { pollSubscription } from './polled-subscription.ts'

interface StoredEvent extends WrittenEvent {
  readonly stream: string
  readonly revision: number
  readonly position: Position
}

/** An event store in memory, for the tests of what stands on the port. */
export const openMemoryEventStore = (): EventStore => {
  const events: StoredEvent[] = []
  const streams = new Map<string, StoredEvent[]>()
  const bell = newBell()
  const closing = new AbortController()

  const append = (name: string, written: readonly WrittenEvent[], expected: number): AppendResult => {
    const stream = streams.get(name) ?? []
    const head = stream.length - 1
    if (head !== expected) return repeated(stream, written, expected) ?? conflict(name, expected, head)
    for (const event of written) {
      const position = String(events.length + 1).padStart(20, '0')
      const stored = { ...event, stream: name, revision: stream.length, position }
      events.push(stored)
      stream.push(stored)
    }
    streams.set(name, stream)
    bell.ring()
    return resultOf(stream.at(-1))
  }

  const after = (position: Position, limit: number): readonly RecordedEvent[] => {
    const from = Number(checkedPosition(position))
    return events.slice(from, from + limit).map(recorded)
  }

  return {
    async append(stream, added, expectedRevision) {
      if (closing.signal.aborted) throw new PlatformError('unavailable', 'the event store is closed')
      const checked = checkedAppend(stream, added, expectedRevision)
      await Promise.resolve()
      return append(checked.stream, checked.events, checked.expected)
    },
    readStream: (stream, fromRevision = 0) =>
      Promise.resolve((streams.get(stream) ?? []).slice(fromRevision).map(recorded)),
    readAll: async (position, limit) => {
      await Promise.resolve()
      return after(position, checkedLimit(limit))
    },
    subscribeAll: (position, { signal, ...rest }) =>
      pollSubscription(
        {
          readPage: async (from, limit) => {
            await Promise.resolve()
            const found = after(from, limit)
            return { events: found, more: found.length === limit }
          },
          bell,
          isPassing: () => false,
          log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        },
        position,
        { ...rest, signal: AbortSignal.any([signal, closing.signal]) },
      ),
    head: () => Promise.resolve(events.at(-1)?.position ?? START),
    close: () => {
      closing.abort()
      return Promise.resolve()
    },
  }
}

/** The first result of an append that is stored already, recognised by its ids. */
const repeated = (
  stream: readonly StoredEvent[],
  written: readonly WrittenEvent[],
  expected: number,
): AppendResult | undefined => {
  const stored = stream.slice(expected + 1, expected + 1 + written.length)
  const same = stored.length === written.length && stored.every(({ id }, index) => id === written[index]?.id)
  return same ? resultOf(stored.at(-1)) : undefined
}

const resultOf = (last: StoredEvent | undefined): AppendResult => {
  if (last === undefined) throw new Error('an append holds at least one event')
  return { revision: last.revision, position: last.position }
}

const conflict = (stream: string, expected: number, actual: number): never => {
  throw new VersionConflict(stream, expected, actual)
}

const recorded = ({ data, metadata, ...event }: StoredEvent): RecordedEvent => ({
  ...event,
  data: JSON.parse(data),
  metadata: JSON.parse(metadata),
})

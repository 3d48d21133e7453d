import { type AllStreamResolvedEvent, type EventStoreDBClient, FORWARDS, START as FIRST } from '@eventstore/db-client'
import type { Position, RecordedEvent } from '../event-store.ts'
import { readFailureOf } from './failures.ts'
import { LAST, positionOf, serverPosition } from './positions.ts'
import { commitOf, isOurs, recordedEvent } from './recorded-events.ts'
import { through } from './reading.ts'
import type { StreamNames } from './stream-names.ts'

/**
 * A page ends after about this many bytes of events of ours, so that a page of large ones does not fill the memory. A position
 * is the offset of its event in the server's log, so the next one tells how large it was.
 */
const PAGE_BYTES = 8 * 1024 * 1024
/** Where events of others are in the way, at least this many events are asked for at once. */
const LONG_ASK = 1000

/**
 * The next events of ours after `after` in log order, at most `limit` and about 8 MiB; none only at the head of the log. `after` is
 * the position of an event, or just before one: the server reads from events only, and in the latter case from that one.
 */
export const readPage = async (
  client: EventStoreDBClient,
  names: StreamNames,
  after: Position,
  limit: number,
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  if (after > LAST) return events
  let reached = BigInt(after)
  let bytes = 0
  let wasOurs = false
  // One more than wanted, for a read begins with the event at `after` itself.
  for (let ask = limit + 1; ; ask = Math.max(limit, LONG_ASK) + 1) {
    const asked = reached === 0n ? ask - 1 : ask
    let received = 0
    let full = false
    const take = ({ event }: AllStreamResolvedEvent): 'more' | 'enough' => {
      received += 1
      if (event === undefined || full) return 'more'
      const commit = commitOf(event)
      if (commit <= reached) return 'more'
      if (wasOurs) bytes += Number(commit - reached)
      reached = commit
      wasOurs = isOurs(event, names)
      if (wasOurs) events.push(recordedEvent(event, names, commit))
      full = events.length === limit || bytes > PAGE_BYTES
      // What is almost through ends by itself sooner than it is cancelled.
      return full && asked - received > 1 ? 'enough' : 'more'
    }
    const readFrom = (position: bigint): Promise<void> => {
      const fromPosition = serverPosition(positionOf(position))
      const options = { direction: FORWARDS, fromPosition, maxCount: asked, requiresLeader: true } as const
      return through(client.readAll(options), take)
    }
    try {
      await readFrom(reached)
    } catch (error) {
      if (received > 0 || readFailureOf(error) !== 'invalid-position') throw error
      await readFrom(reached + 1n)
    }
    if (full || received < asked) return events
  }
}

/** One stream from `fromRevision` on, in order; none when there is no such stream. */
export const readStreamFrom = async (
  client: EventStoreDBClient,
  names: StreamNames,
  stream: string,
  fromRevision: number,
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  const fromRevisionOrFirst = fromRevision === 0 ? FIRST : BigInt(fromRevision)
  const read = client.readStream(names.stored(stream), { fromRevision: fromRevisionOrFirst, requiresLeader: true })
  try {
    await through(read, ({ event }) => {
      if (event !== undefined) events.push(recordedEvent(event, names))
      return 'more'
    })
  } catch (error) {
    if (readFailureOf(error) !== 'absent') throw error
  }
  return events
}

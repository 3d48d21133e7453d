import { setTimeout as delay } from 'node:timers/promises'
import { hasCode } from '../platform-error.ts'
import type { Bell } from './bell.ts'
import type { Batch, EventStore, Position, RecordedEvent } from './event-store.ts'
import type { EventStoreLog } from './event-store-log.ts'
import type { Ring } from './ring.ts'

export interface FollowOptions {
  readonly signal: AbortSignal
  /** Most events in a batch, default 500. */
  readonly batchSize?: number
}

export interface FollowedLog {
  readonly store: EventStore
  readonly ring: Ring
  /** Rings whenever the ring has grown. */
  readonly grown: Bell
  readonly head: () => { readonly position: Position; readonly confirmedAt: number }
  readonly log: EventStoreLog
}

const RETRY_MS = 200
/** Only an upper bound: the bell rings for everything that arrives. */
const WAIT_MS = 60_000

/** See `Tail.follow`. */
export async function* followLog(
  followed: FollowedLog,
  after: Position,
  { signal, batchSize = 500 }: FollowOptions,
): AsyncGenerator<Batch, void, void> {
  const { ring, grown, head } = followed
  let position = after
  let toldHead = false
  while (!signal.aborted) {
    if (position < ring.floor) {
      const events = await readOn(followed, position, batchSize)
      position = events.at(-1)?.position ?? position
      if (events.length > 0) yield { events, position, confirmedAt: undefined }
      else await delay(RETRY_MS, undefined, { signal }).catch(() => undefined) // aborted: the loop ends
      continue
    }
    const heard = grown.rings
    const events = ring.after(position, batchSize)
    position = events.at(-1)?.position ?? position
    const atHead = position >= head().position
    if (events.length > 0 || (atHead && !toldHead)) {
      toldHead = atHead
      yield { events, position, confirmedAt: atHead ? head().confirmedAt : undefined }
    } else await grown.wait(heard, WAIT_MS, signal)
  }
}

/** A page of the store; none when it cannot be had just now. */
const readOn = async (
  { store, log }: FollowedLog,
  after: Position,
  limit: number,
): Promise<readonly RecordedEvent[]> => {
  try {
    return await store.readAll(after, limit)
  } catch (error) {
    if (!hasCode(error, 'unavailable') && !hasCode(error, 'timeout')) throw error
    log.warn({ err: error, after }, 'a page of the log could not be read and is asked for again')
    return []
  }
}

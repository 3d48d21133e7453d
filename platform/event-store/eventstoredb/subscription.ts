import { setTimeout as delay } from 'node:timers/promises'
import { type Bell, newBell } from '../bell.ts'
import { checkedLimit, checkedPosition } from '../checked-read.ts'
import type { Batch, Position, Subscription } from '../event-store.ts'
import type { EventStoreLog } from '../event-store-log.ts'
import { newConfirmations } from './confirmations.ts'
import { readFailureOf } from './failures.ts'
import { type Feed, type FeedSource, openFeed } from './feed.ts'
import { lasting } from './reading.ts'

export interface FollowedServer extends FeedSource {
  readonly head: () => Promise<Position>
  readonly log: EventStoreLog
}

const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1000
const BATCH_SIZE = 500
/** A feed in which nothing arrives for this long, while the log is known to hold more, is made anew. */
const STALLED_MS = 10_000

/**
 * `subscribeAll`. Events are pushed by the server, so they arrive at once wherever they were appended; the log is asked only
 * for its head, to confirm that nothing is missing.
 */
export const followServer = (
  server: FollowedServer,
  after: Position,
  { signal, batchSize = BATCH_SIZE }: { readonly signal: AbortSignal; readonly batchSize?: number },
): Subscription => {
  const bells = { changed: newBell(), wakes: newBell() }
  return {
    wake() {
      bells.wakes.ring()
      bells.changed.ring()
    },
    [Symbol.asyncIterator]: () => batches(server, bells, checkedPosition(after), signal, checkedLimit(batchSize)),
  }
}

interface Bells {
  /** Something is to be looked at. */
  readonly changed: Bell
  /** Somebody wants a confirmation at once. */
  readonly wakes: Bell
}

async function* batches(
  server: FollowedServer,
  { changed, wakes }: Bells,
  after: Position,
  signal: AbortSignal,
  batchSize: number,
): AsyncGenerator<Batch, void, void> {
  const confirmations = newConfirmations(server.head, wakes, changed)
  const outage = newOutage(server.log)
  const stall = newStall()
  let position = after
  let seen = after
  let feed: Feed | undefined
  let retry = 0
  try {
    while (!signal.aborted) {
      const heard = changed.rings
      feed ??= openFeed(server, seen, batchSize, changed)
      const stalled = stall.isOne(feed.seen, confirmations.awaited)
      // On the way to the head batches are filled, for each costs its consumer a transaction; there, nothing waits.
      const isDue = stalled || feed.isFilled(batchSize) || confirmations.isReached(feed.seen)
      const events = isDue ? feed.take(batchSize) : []
      position = events.at(-1)?.position ?? position
      const confirmedAt = confirmations.at(position)
      if (confirmedAt !== undefined) outage.ended(position)
      if (feed.confirmed) retry = 0
      if (events.length > 0 || confirmedAt !== undefined) {
        stall.moved()
        yield { events, position, confirmedAt }
        continue
      }
      if (feed.over || stalled) {
        if (feed.failure !== undefined && readFailureOf(feed.failure) !== 'passing') throw lasting(feed.failure)
        outage.began(feed.failure, position)
        seen = feed.seen
        feed.close()
        feed = undefined
        stall.moved()
        retry = Math.min(Math.max(retry * 2, FIRST_RETRY_MS), LAST_RETRY_MS)
        await delay(retry, undefined, { signal }).catch(() => undefined) // aborted: the loop ends
        continue
      }
      const wait = confirmations.ask()
      if (confirmations.failure !== undefined) outage.began(confirmations.failure, position)
      await changed.wait(heard, Math.min(wait, STALLED_MS), signal)
    }
  } finally {
    feed?.close()
  }
}

/** Tells of an interruption once, and of its end. */
const newOutage = (log: EventStoreLog) => {
  let isOne = false
  return {
    began(error: unknown, position: Position): void {
      if (!isOne) log.warn({ err: error, position }, 'following the log is interrupted')
      isOne = true
    },
    ended(position: Position): void {
      if (isOne) log.info({ position }, 'following the log goes on')
      isOne = false
    },
  }
}

/** Whether a feed has stood still for too long, though the log holds more. */
const newStall = () => {
  let since = performance.now()
  let where: Position | undefined
  const moved = (): void => {
    since = performance.now()
  }
  return {
    moved,
    isOne(seen: Position, awaited: Position | undefined): boolean {
      if (awaited === undefined || seen !== where) moved()
      where = seen
      return performance.now() - since >= STALLED_MS
    },
  }
}

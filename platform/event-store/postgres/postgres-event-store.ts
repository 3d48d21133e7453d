import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'
import { PlatformError } from '../../platform-error.ts'
import { newBell } from '../bell.ts'
import { checkedAppend } from '../checked-append.ts'
import type { EventStore } from '../event-store.ts'
import type { EventStoreLog } from '../event-store-log.ts'
import { checkedLimit } from '../checked-read.ts'
import { pollSubscription } from '../polled-subscription.ts'
import { callAppend } from './append-call.ts'
import { newAppendQueue } from './append-queue.ts'
import { failureOf, wasTooSlow } from '../../database/failures.ts'
import { readHead, readPage, readStreamFrom } from './pages.ts'

export interface PostgresEventStoreOptions {
  /** The pool that appends go through. */
  readonly appends: postgres.Sql
  /** The pool of quick reads: streams, pages of a subscription. */
  readonly reads: postgres.Sql
  /** The pool of reads that take a while: pages of more than 1,000 events. */
  readonly long: postgres.Sql
  readonly log: EventStoreLog
  /** Milliseconds after which an append without an answer is given up; default 10,000. */
  readonly appendTimeoutMs?: number
}

const QUICK_PAGE = 1000

/**
 * The event store in Postgres 15 to 18, on a database that `eventStoreMigrations` were applied to. Position order is
 * commit order, because every append takes one lock until it is committed; readers need only `position > $1`. The pools
 * stay the caller's to close, after the store.
 */
export const openPostgresEventStore = (options: PostgresEventStoreOptions): EventStore => {
  const { appends, reads, long, log, appendTimeoutMs = 10_000 } = options
  const bell = newBell()
  const closing = new AbortController()
  const queue = newAppendQueue({
    call: (requests) => callAppend(appends, requests),
    written: () => bell.ring(),
    log,
    timeoutMs: appendTimeoutMs,
  })
  const subscribed = {
    readPage: (after: string, limit: number) => readPage(limit > QUICK_PAGE ? long : reads, after, limit),
    bell,
    isPassing,
    log,
  }

  return {
    append: async (stream, events, expectedRevision) =>
      await queue.push(checkedAppend(stream, events, expectedRevision)),
    readStream: async (stream, fromRevision = 0) => await read(() => readStreamFrom(reads, stream, fromRevision)),
    readAll: async (after, limit) => {
      checkedLimit(limit)
      return (await read(() => subscribed.readPage(after, limit))).events
    },
    subscribeAll: (after, { signal, ...rest }) =>
      pollSubscription(subscribed, after, { ...rest, signal: AbortSignal.any([signal, closing.signal]) }),
    head: async () => await read(() => readHead(reads)),
    close: async () => {
      closing.abort()
      await queue.close()
    },
  }
}

const isPassing = (error: unknown): boolean => ['not-done', 'lost'].includes(failureOf(error))

/** After a restart of the server every connection of a pool is dead, and each query may be handed another of them. */
const READ_TRIES = 12

const read = async <Result>(query: () => Promise<Result>): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await query()
    } catch (error) {
      if (!isPassing(error)) throw error
      if (failureOf(error) === 'lost' && attempt < READ_TRIES) await delay(5 * attempt)
      else if (wasTooSlow(error))
        throw new PlatformError('timeout', 'a read of the log took too long', { cause: error })
      else throw new PlatformError('unavailable', 'the event store cannot be reached', { cause: error })
    }
  }
}

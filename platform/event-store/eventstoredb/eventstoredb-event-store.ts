import type { EventStoreDBClient } from '@eventstore/db-client'
import { PlatformError } from '../../platform-error.ts'
import { checkedAppend } from '../checked-append.ts'
import { checkedLimit, checkedPosition } from '../checked-read.ts'
import type { EventStore, Position } from '../event-store.ts'
import type { EventStoreLog } from '../event-store-log.ts'
import { callAppend } from './append-call.ts'
import { newAppendLane } from './append-lane.ts'
import { type Connection, openConnection } from './connection.ts'
import { newHeadFinder } from './head.ts'
import { readPage, readStreamFrom } from './pages.ts'
import { reading } from './reading.ts'
import { streamNames } from './stream-names.ts'
import { followServer } from './subscription.ts'

export interface EventStoreDbOptions {
  /** `esdb://host:2113?tls=false`, `esdb://a,b,c`, `esdb+discover://name`; what the client understands. */
  readonly connectionString: string
  /** Streams of the server are this store's when their names begin with it; its own names are without it. */
  readonly streamPrefix?: string
  /** Without a prefix: which streams of the server are this store's. Default: all that do not begin with `$`. */
  readonly ours?: (stream: string) => boolean
  readonly log: EventStoreLog
  /** Milliseconds after which an append without an answer is given up; default 10,000. */
  readonly appendTimeoutMs?: number
  /** Makes the client; tests put something between. */
  readonly connect?: (connectionString: string) => EventStoreDBClient
}

/**
 * An append's deadline is checked by the server's clock when it arrives. With this much on top of ours, clocks may differ,
 * and yet what a frozen server finds when it goes on is written only if its caller gave up a moment ago.
 */
const CLOCK_DIFFERENCE_MS = 10_000

/**
 * The event store on an EventStoreDB or KurrentDB server or cluster, 22.6 or newer, through @eventstore/db-client 6.2.1. The log
 * is what is ours of the server's: events of others, and the server's own, are not there. It connects at the first call. A
 * process should open one (see `openConnection`).
 * @throws {PlatformError} `unavailable` when the connection string is not understood
 * @throws {RangeError} when the prefix cannot be one
 */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStore => {
  const { connectionString, streamPrefix, ours, log, appendTimeoutMs = 10_000, connect } = options
  const names = streamNames(streamPrefix, ours)
  const heads = newHeadFinder(names)
  const closing = new AbortController()
  const lane = newAppendLane({
    connection: () => connection,
    call: (client, stream, append) => callAppend(client, stream, append, appendTimeoutMs + CLOCK_DIFFERENCE_MS),
    log,
    timeoutMs: appendTimeoutMs,
  })
  const connection: Connection = openConnection({
    connectionString,
    log,
    ended: () => lane.linkEnded(),
    renewed: () => lane.linkRenewed(),
    ...(connect === undefined ? {} : { connect }),
  })
  const read = <Result>(query: (client: EventStoreDBClient) => Promise<Result>): Promise<Result> =>
    reading(connection, ({ client }) => query(client))
  const head = (): Promise<Position> => reading(connection, (link) => heads.find(link))

  return {
    async append(stream, events, expectedRevision) {
      const checked = checkedAppend(stream, events, expectedRevision)
      const stored = names.stored(stream)
      if (!names.ours(stored)) throw invalid(`the stream ${stream} is not this store's`)
      const result = await lane.push(checked, stored)
      heads.noticed(result.position)
      return result
    },
    readStream: async (stream, fromRevision = 0) =>
      await read((client) => readStreamFrom(client, names, stream, fromRevision)),
    readAll: async (after, limit) => {
      checkedPosition(after)
      checkedLimit(limit)
      return await read((client) => readPage(client, names, after, limit))
    },
    subscribeAll: (after, { signal, ...rest }) =>
      followServer({ connection, names, head, log }, after, {
        ...rest,
        signal: AbortSignal.any([signal, closing.signal]),
      }),
    head,
    async close() {
      closing.abort()
      await lane.close()
      await connection.close()
    },
  }
}

const invalid = (message: string): PlatformError => new PlatformError('invalid-append', message)

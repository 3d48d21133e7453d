import type { AllStreamSubscription } from '@eventstore/db-client'
import type { Bell } from '../bell.ts'
import type { Position, RecordedEvent } from '../event-store.ts'
import type { Connection } from './connection.ts'
import { readRemedyOf } from './failures.ts'
import { positionOf, serverPosition } from './positions.ts'
import { commitOf, isOurs, recordedEvent } from './recorded-events.ts'
import type { StreamNames } from './stream-names.ts'

export interface FeedSource {
  readonly connection: Connection
  readonly names: StreamNames
}

/** One subscription of the server, read a little ahead. */
export interface Feed {
  /** All events up to here have arrived, those of others included; a following feed begins after it. */
  readonly seen: Position
  /** The server has taken the subscription. */
  readonly confirmed: boolean
  /** Nothing more will arrive. What has arrived is still to be taken. */
  readonly over: boolean
  /** Why it is over. */
  readonly failure: unknown
  /** `limit` events have arrived, or no more will for now. */
  isFilled(limit: number): boolean
  /** At most `limit` of the events of ours that have arrived, in order. */
  take(limit: number): readonly RecordedEvent[]
  close(): void
}

/** Reading ahead ends after about this many bytes of the log, however few events they are. (Positions are offsets in it.) */
const AHEAD_BYTES = 8 * 1024 * 1024

/**
 * Subscribes to the whole log after a position that the server gave out. At most `ahead` events of ours are kept: while they
 * are not taken, nothing is read, and the server waits. `changed` rings when something has arrived and when it is over.
 */
export const openFeed = ({ connection, names }: FeedSource, after: Position, ahead: number, changed: Bell): Feed => {
  let arrived: RecordedEvent[] = []
  let seen = BigInt(after)
  /** Where the events that have been taken end. */
  let taken = Number(seen)
  let confirmed = false
  let over = false
  let failure: unknown
  let closed = false
  let announcing = false
  let room: PromiseWithResolvers<undefined> | undefined
  let subscription: AllStreamSubscription | undefined

  const unsubscribe = (): void => void subscription?.unsubscribe().catch(() => undefined) // it never began

  /** What arrives together is announced together. */
  const announce = (): void => {
    if (announcing) return
    announcing = true
    setImmediate(() => {
      announcing = false
      changed.ring()
    })
  }

  const isFull = (): boolean => arrived.length >= ahead || (arrived.length > 0 && Number(seen) - taken > AHEAD_BYTES)

  const run = async (): Promise<void> => {
    const link = await connection.ready()
    if (closed) return
    subscription = link.client.subscribeToAll({ fromPosition: serverPosition(after), requiresLeader: true })
    subscription.on('error', (error) => connection.renew(link, readRemedyOf(error)))
    subscription.on('confirmation', () => {
      confirmed = true
      changed.ring()
    })
    try {
      for await (const { event } of subscription) {
        if (closed || event === undefined) continue // until the cancelled call has ended
        seen = commitOf(event)
        if (!isOurs(event, names)) continue
        arrived.push(recordedEvent(event, names, seen))
        announce()
        if (!isFull()) continue
        room = Promise.withResolvers()
        await room.promise
      }
    } finally {
      unsubscribe()
    }
  }

  run()
    .catch((error: unknown) => (failure = error))
    .finally(() => {
      over = true
      changed.ring()
    })

  return {
    get seen() {
      return positionOf(seen)
    },
    get confirmed() {
      return confirmed
    },
    get over() {
      return over
    },
    get failure() {
      return failure
    },
    isFilled: (limit) => over || arrived.length >= limit || isFull(),
    take(limit) {
      const events = arrived.slice(0, limit)
      arrived = arrived.slice(limit)
      taken = Number(events.at(-1)?.position ?? taken)
      if (!isFull()) room?.resolve(undefined)
      return events
    },
    close() {
      closed = true
      room?.resolve(undefined)
      unsubscribe()
    },
  }
}

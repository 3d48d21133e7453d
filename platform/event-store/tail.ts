import { setTimeout as delay } from 'node:timers/promises'
import { PlatformError } from '../platform-error.ts'
import { newBell } from './bell.ts'
import type { Batch, EventStore, Position, RecordedEvent } from './event-store.ts'
import type { EventStoreLog } from './event-store-log.ts'
import { type FollowOptions, followLog } from './follower.ts'
import { newRing } from './ring.ts'
import { newWaits } from './waits.ts'

export type EventsListener = (events: readonly RecordedEvent[]) => void

/** The one subscription of this process, which everything in it that follows the log shares. */
export interface Tail {
  /** Everything up to here was delivered to the listeners. */
  readonly position: Position
  /** `performance.now()` at which the log was asked and held nothing beyond what was delivered then. */
  readonly confirmedAt: number
  /**
   * Resolves once the log was asked after this call and all that it held was delivered to the listeners.
   * @throws {PlatformError} `timeout` after 5 s without an answer of the log, `unavailable` when the tail is stopped
   */
  confirm(): Promise<void>
  /** Asks the log at once. */
  wake(): void
  /**
   * Calls `listener` with every batch of events from now on, in order and synchronously, before `position` and
   * `confirmedAt` move. An error that it throws is logged and stops nothing. Returns the function that ends it.
   */
  onEvents(listener: EventsListener): () => void
  /** Whether the tail got to `position` within `timeoutMs`. The store wakes it for what this process appends itself. */
  reached(position: Position, timeoutMs: number): Promise<boolean>
  /**
   * The log after `after`, without gap or repeat: pages of the store until it is within what the tail has in memory, then
   * from there. Each follower takes its own time; one that falls behind goes back to pages. At the head it waits, and
   * yields an empty batch only when it gets there without one that says so.
   */
  follow(after: Position, options: FollowOptions): AsyncIterable<Batch>
  stop(): Promise<void>
}

export interface TailOptions {
  readonly log: EventStoreLog
  /** Events kept in memory for followers, default 8,192. */
  readonly ringSize?: number
  /** Bytes kept in memory for followers, by estimate, default 32 MiB. */
  readonly ringBytes?: number
  /** Default 5,000. */
  readonly confirmTimeoutMs?: number
}

const RESTART_MS = 1000

/** Starts at the log's head. Throws what `head` of the store throws. */
export const startTail = async (store: EventStore, options: TailOptions): Promise<Tail> => {
  const { log, ringSize = 8192, ringBytes = 32 * 1024 * 1024, confirmTimeoutMs = 5000 } = options
  let confirmedAt = performance.now()
  let position = await store.head()
  const ring = newRing({ size: ringSize, bytes: ringBytes, floor: position })
  const grown = newBell()
  const listeners = new Set<EventsListener>()
  const positions = newWaits<Position>()
  const confirmations = newWaits<number>()
  const stopping = new AbortController()
  const stopped = (): boolean => stopping.signal.aborted
  let subscription = store.subscribeAll(position, { signal: stopping.signal })

  const deliver = (batch: Batch): void => {
    if (batch.events.length > 0) {
      ring.push(batch.events)
      for (const listener of [...listeners]) notify(listener, batch.events)
    }
    position = batch.position
    if (batch.confirmedAt !== undefined) confirmedAt = batch.confirmedAt
    if (batch.events.length > 0) {
      positions.reached(position)
      grown.ring()
    }
    if (batch.confirmedAt !== undefined) confirmations.reached(batch.confirmedAt)
  }

  const notify = (listener: EventsListener, events: readonly RecordedEvent[]): void => {
    try {
      listener(events)
    } catch (error) {
      log.error({ err: error, position }, 'a listener of the log failed')
    }
  }

  const run = async (): Promise<void> => {
    while (!stopped()) {
      try {
        for await (const batch of subscription) deliver(batch)
        if (stopped()) return
        log.warn({ position }, 'the subscription of the tail ended and is made again')
      } catch (error) {
        log.error({ err: error, position }, 'the subscription of the tail broke and is made again')
      }
      await delay(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => undefined) // stopped: the loop ends
      subscription = store.subscribeAll(position, { signal: stopping.signal })
    }
  }
  const running = run()

  return {
    get position() {
      return position
    },
    get confirmedAt() {
      return confirmedAt
    },
    async confirm() {
      if (stopped()) throw new PlatformError('unavailable', 'the tail of the log is stopped')
      const since = performance.now()
      subscription.wake()
      if (await confirmations.wait((asked) => asked > since, confirmTimeoutMs)) return
      throw stopped()
        ? new PlatformError('unavailable', 'the tail of the log is stopped')
        : new PlatformError('timeout', `the log did not answer within ${confirmTimeoutMs} ms`)
    },
    wake: () => subscription.wake(),
    onEvents(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async reached(wanted, timeoutMs) {
      if (position >= wanted) return true
      return await positions.wait((reached) => reached >= wanted, timeoutMs)
    },
    follow: (after, { signal, ...rest }) =>
      followLog({ store, ring, grown, log, head: () => ({ position, confirmedAt }) }, after, {
        ...rest,
        signal: AbortSignal.any([signal, stopping.signal]),
      }),
    async stop() {
      stopping.abort()
      positions.giveUp()
      confirmations.giveUp()
      await running
    },
  }
}

/**
 * The event store port. Every adapter passes `test/contracts/event-store.ts`.
 *
 * Positions are opaque strings of 20 digits whose string order is log order, valid within one store. Revisions count the
 * events of one stream from 0. Data and metadata are JSON values; their stored bytes are exactly `JSON.stringify(value)`.
 */
export type Position = string

/** Before the first event of the log. */
export const START: Position = '0'.repeat(20)

/** Beyond every event: as a bound it means the log as it is now. */
export const END: Position = '9'.repeat(20)

/** The greatest position below that of an event: a bound, after which `readAll` begins with that event. */
export const justBefore = (position: Position): Position => String(BigInt(position) - 1n).padStart(20, '0')

/** The expected revision of a stream that must not exist yet. */
export const NO_STREAM = -1

/** Most data bytes (sum of the events' serialised data) that one append may hold, on every adapter. */
export const MAX_APPEND_BYTES = 1_048_576

export interface NewEvent {
  /** A UUID, unique in the log; a repeated append is recognised by it. */
  readonly id: string
  readonly type: string
  readonly data: unknown
  readonly metadata: unknown
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string
  readonly revision: number
  readonly position: Position
}

export interface AppendResult {
  /** Revision of the last event of this append. */
  readonly revision: number
  /** Position of the last event of this append. */
  readonly position: Position
}

/** A run of consecutive events of the log, in order. */
export interface Batch {
  readonly events: readonly RecordedEvent[]
  /** Everything up to and including this position has been delivered. */
  readonly position: Position
  /**
   * `performance.now()` at which the log was asked and found to hold nothing beyond `position`; undefined when more may
   * follow at once. A follower at the head receives empty batches as confirmations.
   */
  readonly confirmedAt: number | undefined
}

export interface Subscription extends AsyncIterable<Batch> {
  /** Asks the log at once instead of at the next poll. */
  wake(): void
}

export interface EventStore {
  /**
   * Appends atomically at exactly `expectedRevision` (`NO_STREAM` or a revision read before).
   *
   * A repeat with the same ids and expected revision returns the first result, for ever. `[]` is refused.
   * @throws {VersionConflict} the stream is elsewhere; carries the current revision
   * @throws {PlatformError} `unavailable` | `unknown-outcome` | `invalid-append`
   */
  append(stream: string, events: readonly NewEvent[], expectedRevision: number): Promise<AppendResult>

  /** The events of one stream from `fromRevision` (inclusive, default 0) on; none when the stream does not exist. */
  readStream(stream: string, fromRevision?: number): Promise<readonly RecordedEvent[]>

  /**
   * At most `limit` events (1 to 10,000) after `after` (exclusive) in log order; an empty page means the head was reached. `after`
   * is the position of an event, just before one, `START`, or beyond the head.
   */
  readAll(after: Position, limit: number): Promise<readonly RecordedEvent[]>

  /**
   * Follows the log after `after` (exclusive) until `signal` aborts, in batches of at most `batchSize` (default 500).
   * The next batch is read only when the consumer asks for it. Lost connections are mended inside, without gaps or repeats.
   */
  subscribeAll(after: Position, options: { readonly signal: AbortSignal; readonly batchSize?: number }): Subscription

  /** The position of the last event in the log, or `START`. */
  head(): Promise<Position>

  close(): Promise<void>
}

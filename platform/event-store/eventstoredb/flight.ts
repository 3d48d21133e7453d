import { PlatformError, VersionConflict } from '../../platform-error.ts'
import type { CheckedAppend } from '../checked-append.ts'
import type { AppendResult } from '../event-store.ts'

interface Caller {
  /** `performance.now()` at which it has waited long enough. */
  readonly deadline: number
  readonly resolve: (result: AppendResult) => void
  readonly reject: (error: PlatformError) => void
}

/** An append on its way to the server, and all who wait for its answer. (A class, for there are many.) */
export class Flight {
  readonly append: CheckedAppend
  /** The stream's name on the server. */
  readonly stream: string
  /** Resolves when nothing of it is under way any more. */
  readonly landed: Promise<undefined>
  /** `performance.now()` at which the attempt was sent that is not answered yet. */
  sentAt: number | undefined
  /** Attempts so far. */
  attempts = 0
  #callers: Caller[] = []
  #lost = false
  #cause: unknown
  readonly #land: (value: undefined) => void

  constructor(append: CheckedAppend, stream: string) {
    this.append = append
    this.stream = stream
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.landed = promise
    this.#land = resolve
  }

  /** Whether anybody still waits for it. */
  get wanted(): boolean {
    return this.#callers.length > 0
  }

  join(deadline: number): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#callers.push({ deadline, resolve, reject })
    })
  }

  /** The same events at the same place: the server would answer both alike, but takes 2 s for it while one is under way. */
  isRepeatedBy({ expected, events }: CheckedAppend): boolean {
    const own = this.append.events
    return (
      this.append.expected === expected &&
      own.length === events.length &&
      own.every(({ id }, index) => id === events[index]?.id)
    )
  }

  sharesEventWith({ events }: CheckedAppend): boolean {
    if (events.length === 1) return this.append.events.some(({ id }) => id === events[0]?.id)
    const ids = new Set(events.map(({ id }) => id))
    return this.append.events.some(({ id }) => ids.has(id))
  }

  sent(now: number): void {
    this.attempts += 1
    this.sentAt = now
  }

  /** The attempt is over without an answer; `lost`: it may have been written all the same. */
  failed(error: unknown, lost: boolean): void {
    this.sentAt = undefined
    this.#lost ||= lost
    this.#cause = error
  }

  answer(result: AppendResult): void {
    for (const { resolve } of this.#callers.splice(0)) resolve(result)
  }

  conflict(actualRevision: number): void {
    this.#reject(new VersionConflict(this.append.stream, this.append.expected, actualRevision))
  }

  /** The server does not take it; no use in sending it again. */
  refuse(error: unknown): void {
    this.#reject(this.#failure('invalid-append', 'the server refuses it', error))
  }

  /** Ends the waiting: `unknown-outcome` when it may have been written, else `unavailable`. */
  giveUp(reason: string): void {
    this.#reject(this.#unanswered(reason))
  }

  /** Ends the waiting of those whose time is up. */
  expire(now: number, reason: string): void {
    const late = this.#callers.filter(({ deadline }) => deadline <= now)
    if (late.length === 0) return
    this.#callers = this.#callers.filter(({ deadline }) => deadline > now)
    const error = this.#unanswered(reason)
    for (const { reject } of late) reject(error)
  }

  land(): void {
    this.#land(undefined)
  }

  #unanswered(reason: string): PlatformError {
    const code = this.#lost || this.sentAt !== undefined ? 'unknown-outcome' : 'unavailable'
    return this.#failure(code, reason, this.#cause)
  }

  #failure(code: 'invalid-append' | 'unknown-outcome' | 'unavailable', reason: string, cause: unknown): PlatformError {
    return new PlatformError(code, `append to ${this.append.stream}: ${reason}`, { cause })
  }

  #reject(error: PlatformError): void {
    for (const { reject } of this.#callers.splice(0)) reject(error)
  }
}

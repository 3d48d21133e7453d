import { PlatformError, VersionConflict } from '../../platform-error.ts'
import type { CheckedAppend } from '../checked-append.ts'
import type { AppendResult } from '../event-store.ts'
import type { Outcome } from './append-call.ts'

/** An append on its way to the database, and what its caller may be told about it. (A class, for there are many.) */
export class PendingAppend {
  readonly append: CheckedAppend
  readonly result: Promise<AppendResult>
  /** `performance.now()` at which its caller has waited long enough. */
  readonly deadline: number
  #settled = false
  #underWay = false
  #lost = false
  #cause: unknown
  #resolve: (result: AppendResult) => void = () => undefined
  #reject: (error: PlatformError) => void = () => undefined

  constructor(append: CheckedAppend, deadline: number) {
    this.append = append
    this.deadline = deadline
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get settled(): boolean {
    return this.#settled
  }

  /** It is being sent: from here on it may be written, until `notDone` says otherwise. */
  sending(): void {
    this.#underWay = true
  }

  /** The attempt did nothing. */
  notDone(error: unknown): void {
    this.#underWay = false
    this.#cause = error
  }

  /** The attempt's answer was lost. */
  lost(error: unknown): void {
    this.#underWay = false
    this.#lost = true
    this.#cause = error
  }

  answer(outcome: Outcome): void {
    if (this.#settled) return
    this.#settled = true
    if ('position' in outcome) this.#resolve(outcome)
    else this.#reject(new VersionConflict(this.append.stream, this.append.expected, outcome.actualRevision))
  }

  /** The store refuses what it holds; no use in sending it again. */
  refuse(error: unknown): void {
    this.#fail('invalid-append', 'the store refuses it', error)
  }

  /** Ends the waiting: `unknown-outcome` when an attempt may have written it, else `unavailable`. */
  giveUp(reason: string): void {
    this.#fail(this.#lost || this.#underWay ? 'unknown-outcome' : 'unavailable', reason, this.#cause)
  }

  #fail(code: 'invalid-append' | 'unknown-outcome' | 'unavailable', reason: string, cause: unknown): void {
    if (this.#settled) return
    this.#settled = true
    this.#reject(new PlatformError(code, `append to ${this.append.stream}: ${reason}`, { cause }))
  }
}

import { PlatformError, VersionConflict } from '../../platform-error.ts'
import type { CheckedAppend } from '../checked-append.ts'
import type { AppendResult } from '../event-store.ts'
import type { Outcome } from './append-call.ts'

/** An append on its way to the database, and what its caller may be told about it. */
export interface PendingAppend {
  readonly append: CheckedAppend
  readonly result: Promise<AppendResult>
  readonly settled: boolean
  /** It is being sent: from here on it may be written, until `notDone` says otherwise. */
  sending(): void
  /** The attempt did nothing. */
  notDone(error: unknown): void
  /** The attempt's answer was lost. */
  lost(error: unknown): void
  answer(outcome: Outcome): void
  /** The store refuses what it holds; no use in sending it again. */
  refuse(error: unknown): void
  /** Ends the waiting: `unknown-outcome` when an attempt may have written it, else `unavailable`. */
  giveUp(reason: string): void
}

/** Gives itself up after `timeoutMs`. */
export const newPendingAppend = (append: CheckedAppend, timeoutMs: number): PendingAppend => {
  const { promise: result, resolve, reject } = Promise.withResolvers<AppendResult>()
  let settled = false
  let lost = false
  let underWay = false
  let cause: unknown

  const settle = (): boolean => {
    if (settled) return false
    settled = true
    clearTimeout(timer)
    return true
  }
  const giveUp = (reason: string): void => {
    if (!settle()) return
    const code = lost || underWay ? 'unknown-outcome' : 'unavailable'
    reject(new PlatformError(code, `append to ${append.stream}: ${reason}`, { cause }))
  }
  const timer = setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs)

  return {
    append,
    result,
    get settled() {
      return settled
    },
    sending() {
      underWay = true
    },
    notDone(error) {
      underWay = false
      cause = error
    },
    lost(error) {
      underWay = false
      lost = true
      cause = error
    },
    answer(outcome) {
      if (!settle()) return
      if ('position' in outcome) resolve(outcome)
      else reject(new VersionConflict(append.stream, append.expected, outcome.actualRevision))
    },
    refuse(error) {
      if (!settle()) return
      reject(new PlatformError('invalid-append', `append to ${append.stream}: the store refuses it`, { cause: error }))
    },
    giveUp,
  }
}

import { nextTryAt, TRIED_FOR_MS } from './backoff.ts'

/** What came of sending a delivery: an answer, or a sentence that says why there is none. */
export type Answer =
  { readonly status: number; readonly retryAfter?: string | undefined } | { readonly failure: string }

/** What is known of a delivery that failed, as far back as its tries count together. */
export interface Failing {
  /** Milliseconds since the epoch: of the first of these tries, this one included. */
  readonly since: number
  /** The receiver took something else since then. */
  readonly othersTaken: boolean
}

/**
 * - `taken` · `again` at the instant · `give-up`: this one alone is not to be had · `pause`: the receiver is not there
 */
export type Verdict =
  | { readonly verdict: 'taken' }
  | { readonly verdict: 'again'; readonly at: number; readonly reason: string }
  | { readonly verdict: 'give-up' | 'pause'; readonly reason: string }

export const isTaken = (answer: Answer): boolean => 'status' in answer && answer.status >= 200 && answer.status < 300

const GONE = 410

export const reasonOf = (answer: Answer): string => {
  if ('failure' in answer) return answer.failure
  const { status } = answer
  const redirect = status >= 300 && status < 400
  return `the receiver answered ${status}${redirect ? ', and redirects are not followed' : ''}`
}

/** `attempt`: which try it was, from 1; `now`: milliseconds since the epoch. */
export const verdictOn = (
  answer: Answer,
  { since, othersTaken }: Failing,
  { attempt, now }: { readonly attempt: number; readonly now: number },
): Verdict => {
  if (isTaken(answer)) return { verdict: 'taken' }
  const reason = reasonOf(answer)
  if ('status' in answer && answer.status === GONE)
    return { verdict: 'pause', reason: 'the receiver answered 410 Gone: it wants no more deliveries' }
  if (now - since < TRIED_FOR_MS) {
    const retryAfter = 'status' in answer ? answer.retryAfter : undefined
    return { verdict: 'again', at: nextTryAt(attempt, now, retryAfter), reason }
  }
  return othersTaken
    ? { verdict: 'give-up', reason: `for three days: ${reason}` }
    : { verdict: 'pause', reason: `no delivery was taken for three days: ${reason}` }
}

import type { Bell } from '../bell.ts'
import type { Position } from '../event-store.ts'

/** Asks the log for its head, again and again, so that a follower knows when it is there. */
export interface Confirmations {
  /**
   * `performance.now()` at which the log was asked and held nothing beyond `position`; undefined when it was not, or when
   * that has been told before.
   */
  at(position: Position): number | undefined
  /** The head that was found and is not confirmed yet. */
  readonly awaited: Position | undefined
  /** Whether the log is not known to hold anything beyond `seen`. Before the first answer it is taken to. */
  isReached(seen: Position): boolean
  /** Asks when it is time to, once at a time. Milliseconds until it is time again. */
  ask(): number
  /** Why the log could not be asked the last time. */
  readonly failure: unknown
}

/** Who follows the log may serve what it remembers for 100 ms after a confirmation: two fit into that. */
const EVERY_MS = 50
const NEVER_MS = 60_000

/** `wakes` rings when somebody wants to know at once; `changed` is rung when there is an answer. */
export const newConfirmations = (head: () => Promise<Position>, wakes: Bell, changed: Bell): Confirmations => {
  let answer: { readonly asked: number; readonly head: Position } | undefined
  let failure: unknown
  let isAsking = false
  let isAnswered = false
  let asked = Number.NEGATIVE_INFINITY
  let heard = wakes.rings

  const put = async (): Promise<void> => {
    isAsking = true
    asked = performance.now()
    heard = wakes.rings
    const question = asked
    try {
      answer = { asked: question, head: await head() }
      failure = undefined
    } catch (error) {
      failure = error
    }
    isAsking = false
    isAnswered = true
    changed.ring()
  }

  return {
    at(position) {
      if (answer === undefined || answer.head > position) return undefined
      const { asked: at } = answer
      answer = undefined
      return at
    },
    get awaited() {
      return answer?.head
    },
    isReached: (seen) => isAnswered && (answer === undefined || answer.head <= seen),
    get failure() {
      return failure
    },
    ask() {
      if (isAsking) return NEVER_MS
      const isWoken = wakes.rings !== heard
      if (!isWoken) {
        // Nothing is learnt from another answer while what the last one told of is still on its way.
        if (answer !== undefined) return NEVER_MS
        const wait = asked + EVERY_MS - performance.now()
        if (wait > 0) return wait
      }
      void put()
      return NEVER_MS
    },
  }
}

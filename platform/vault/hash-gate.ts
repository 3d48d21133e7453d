import { PlatformError } from '../platform-error.ts'

/** Lets at most `running` pieces of work run at once and `waiting` wait their turn. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** The gate's function throws `unavailable` when its queue is full. */
export const gateOf = (running: number, waiting: number): Gate => {
  let free = running
  const queue: (() => void)[] = []
  return async (work) => {
    if (free === 0) {
      if (queue.length >= waiting) throw new PlatformError('unavailable', 'Too many passwords wait to be checked.')
      await new Promise<void>((resolve) => queue.push(resolve))
    } else free -= 1
    try {
      return await work()
    } finally {
      // Handed on, not given back: a newcomer must not overtake the one that is woken.
      const next = queue.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

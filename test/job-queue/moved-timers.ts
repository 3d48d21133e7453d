import type { Clock } from '../../platform/clock.ts'
import type { Timers } from '../../platform/job-queue/timers.ts'

/** A clock that stands still until it is moved, and timers that go by it alone. */
export interface MovedTimers extends Timers {
  readonly clock: Clock
  /** Moves the clock so far, and calls back in the order of the instants, each at its own. */
  tick(ms: number): Promise<void>
}

export const movedTimers = (start = Date.UTC(2026, 0, 1)): MovedTimers => {
  let now = start
  const waiting = new Set<{ readonly at: number; readonly call: () => void }>()

  const at = (instant: number, call: () => void): (() => void) => {
    const timer = { at: instant, call }
    waiting.add(timer)
    return () => waiting.delete(timer)
  }

  /** What was promised before is done before the next is called. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  return {
    clock: { now: () => now },
    at,
    after: (ms, call) => at(now + ms, call),
    async tick(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const [first] = [...waiting].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)
        if (first === undefined) break
        waiting.delete(first)
        now = Math.max(now, first.at)
        first.call()
        await settle()
      }
      now = end
    },
  }
}

import type { Clock } from '../clock.ts'

/** What calls back later. Production passes `systemTimers`; tests that move their clock pass timers that go by it. */
export interface Timers {
  /** Calls back once the clock has come to the instant (milliseconds since the epoch); returns what calls it off. */
  at(instant: number, call: () => void): () => void
  /** Calls back after so many milliseconds, whatever happens to the clock. */
  after(ms: number, call: () => void): () => void
}

/** The clock is looked at this often at the least: it may be set, and setTimeout takes no more than 2^31 ms. */
const LOOK_MS = 60_000

export const systemTimers = (clock: Clock): Timers => ({
  at(instant, call) {
    const look = (): void => {
      const left = instant - clock.now()
      if (left <= 0) call()
      else timer = setTimeout(look, Math.min(left, LOOK_MS)).unref()
    }
    let timer = setTimeout(look, Math.max(0, Math.min(instant - clock.now(), LOOK_MS))).unref()
    return () => clearTimeout(timer)
  },
  after(ms, call) {
    const timer = setTimeout(call, Math.min(ms, 2 ** 31 - 1)).unref()
    return () => clearTimeout(timer)
  },
})

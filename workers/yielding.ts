import { performance, type EventLoopUtilization } from 'node:perf_hooks'

/** Lets background work begin as fast as requests leave room for it. */
export interface Yielding {
  /** How many may be under way now; at least `FLOOR`. */
  readonly places: number
  readonly running: number
  /**
   * Carries out `work` when there is a place. Whoever waits is asked every `renewMs` to say that it is still there; what that
   * throws ends the wait.
   */
  run<T>(work: () => Promise<T>, waiting: { readonly renewMs: number; readonly renew: () => Promise<void> }): Promise<T>
  stop(): void
}

export interface YieldingOptions {
  /** Requests that this process has taken up to now; undefined: it serves none, and its work yields to nobody. */
  readonly requests?: (() => number) | undefined
  /** Share of the time since it was asked last that the event loop was busy, from 0 to 1. */
  readonly utilization?: (() => number) | undefined
  /** Most jobs at once while nobody asks for anything. */
  readonly most: number
  readonly windowMs?: number
}

/** Work goes on under any load, if slowly. */
export const FLOOR = 1
const BUSY = 0.7
const IDLE = 0.5
const WINDOW_MS = 100

/**
 * The places after a window: half as many while the loop is busy with requests, all of them as soon as it is not. Work alone may
 * keep the loop busy: it yields only while requests come as well.
 */
export const nextPlaces = (
  places: number,
  most: number,
  { utilization, requests }: { readonly utilization: number; readonly requests: number },
): number => {
  if (requests === 0 || utilization < IDLE) return most
  return utilization > BUSY ? Math.max(FLOOR, Math.floor(places / 2)) : places
}

const utilizationSinceLast = (): (() => number) => {
  let last: EventLoopUtilization = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return utilization
  }
}

export const newYielding = (options: YieldingOptions): Yielding => {
  const { requests, most, utilization = utilizationSinceLast(), windowMs = WINDOW_MS } = options
  const waiting = new Set<() => void>()
  let places = most
  let running = 0
  let taken = requests?.() ?? 0

  const letIn = (): void => {
    for (const enter of [...waiting]) {
      if (running >= places) return
      waiting.delete(enter)
      running += 1
      enter()
    }
  }
  const look = (): void => {
    const now = requests?.() ?? 0
    places = nextPlaces(places, most, { utilization: utilization(), requests: now - taken })
    taken = now
    letIn()
  }
  const timer = requests === undefined ? undefined : setInterval(look, windowMs).unref()

  const place = (renewMs: number, renew: () => Promise<void>): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        clearInterval(renewing)
        resolve()
      }
      const renewing = setInterval(() => {
        renew().catch((error: unknown) => {
          clearInterval(renewing)
          // one that was let in meanwhile carries on: it is told by its own signal
          if (waiting.delete(enter)) reject(error instanceof Error ? error : new Error(String(error)))
        })
      }, renewMs)
      waiting.add(enter)
    })

  return {
    get places() {
      return places
    },
    get running() {
      return running
    },
    async run(work, { renewMs, renew }) {
      if (running < places && waiting.size === 0) running += 1
      else await place(renewMs, renew)
      try {
        return await work()
      } finally {
        running -= 1
        letIn()
      }
    },
    stop: () => clearInterval(timer),
  }
}

import { performance, type EventLoopUtilization } from 'node:perf_hooks'

/** Lets background work begin as fast as requests leave room for it. */
export interface Yielding {
  /** How many may begin in a window now; at least `FLOOR`, and half as many as requests came in the last one. */
  readonly pace: number
  /**
   * Resolves when the work may begin. Whoever waits is asked every `renewMs` to say that it is still there; what that throws ends the
   * wait.
   */
  turn(waiting: { readonly renewMs: number; readonly renew: () => Promise<void> }): Promise<void>
  /**
   * While requests keep the process busy: waits as long as so many jobs take to begin at the pace, 5 s at most. Ends at once when it
   * is not busy any more, or when `signal` aborts.
   */
  pause(jobs: number, signal: AbortSignal): Promise<void>
  stop(): void
}

export interface YieldingOptions {
  /** Requests that this process has taken up to now; undefined: it serves none, and its work yields to nobody. */
  readonly requests?: (() => number) | undefined
  /** Share of the time since it was asked last that the event loop was busy, from 0 to 1. */
  readonly utilization?: (() => number) | undefined
  readonly windowMs?: number
}

/** Work goes on under any load, if slowly: so many in a window, and one for every other request. */
export const FLOOR = 4
const OF_REQUESTS = 0.5
const BUSY = 0.7
const IDLE = 0.5
const WINDOW_MS = 100
const MOST_PAUSE_MS = 5000

/**
 * How many may begin in the window to come: half as many as in the last one while the loop is busy with requests, yet one for every
 * other request that there was; all of them as soon as it is not busy. Work alone may keep the loop busy: it yields only while
 * requests come as well.
 */
export const nextPace = (
  pace: number,
  { begun, utilization, requests }: { readonly begun: number; readonly utilization: number; readonly requests: number },
): number => {
  if (requests === 0 || utilization < IDLE) return Infinity
  return utilization > BUSY
    ? Math.max(FLOOR, Math.ceil(requests * OF_REQUESTS), Math.floor(Math.min(pace, begun) / 2))
    : pace
}

/** What is left of it, whichever is over first. */
interface Pause {
  jobs: number
  windows: number
  readonly end: () => void
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
  const { requests, utilization = utilizationSinceLast(), windowMs = WINDOW_MS } = options
  const waiting = new Set<() => void>()
  const pauses = new Set<Pause>()
  let pace = Infinity
  let begun = 0
  let taken = requests?.() ?? 0

  const look = (): void => {
    const now = requests?.() ?? 0
    pace = nextPace(pace, { begun, utilization: utilization(), requests: now - taken })
    taken = now
    begun = 0
    for (const pause of pauses) {
      pause.jobs -= pace
      pause.windows -= 1
      if (pause.jobs <= 0 || pause.windows <= 0) pause.end()
    }
    for (const enter of waiting) {
      if (begun >= pace) return
      waiting.delete(enter)
      begun += 1
      enter()
    }
  }
  const timer = requests === undefined ? undefined : setInterval(look, windowMs).unref()

  const wait = (renewMs: number, renew: () => Promise<void>): Promise<void> =>
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
    get pace() {
      return pace
    },
    async turn({ renewMs, renew }) {
      if (begun >= pace || waiting.size > 0) await wait(renewMs, renew)
      else begun += 1
    },
    pause: (jobs, signal) =>
      new Promise((resolve) => {
        if (jobs === 0 || pace === Infinity || signal.aborted) {
          resolve()
          return
        }
        const end = (): void => {
          pauses.delete(one)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const one: Pause = { jobs, windows: Math.ceil(MOST_PAUSE_MS / windowMs), end }
        pauses.add(one)
        signal.addEventListener('abort', end)
      }),
    stop() {
      clearInterval(timer)
      for (const { end } of pauses) end()
    },
  }
}

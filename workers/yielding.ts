import { performance, type EventLoopUtilization } from 'node:perf_hooks'
import { newBell } from '../platform/event-store/bell.ts'

/** Lets background work begin as fast as requests leave room for it. */
export interface Yielding {
  /** How many may begin in a window now: see `nextPace`. */
  readonly pace: number
  /**
   * Resolves when the work may begin. Whoever waits is asked every `renewMs` to say that it is still there; what that throws ends the
   * wait.
   */
  turn(waiting: { readonly renewMs: number; readonly renew: () => Promise<void> }): Promise<void>
  /**
   * For whoever makes work: so many jobs follow from so many events. While requests keep the process busy, resolves when all but the
   * worth of some windows of what was wanted may have begun, after 5 s at most; else, and when `signal` aborts, at once.
   */
  wanted(work: { readonly jobs: number; readonly events: number }, signal: AbortSignal): Promise<void>
  stop(): void
}

export interface YieldingOptions {
  /** Requests that this process has taken up to now; undefined: it serves none, and its work yields to nobody. */
  readonly requests?: (() => number) | undefined
  /** Share of the time since it was asked last that the event loop was busy, from 0 to 1. */
  readonly utilization?: (() => number) | undefined
  readonly windowMs?: number
}

/** Work goes on under any load, if slowly. */
export const FLOOR = 4
/** For each request: a little more than one, so that what has once had to wait does not wait behind the rest for good. */
const FOR_A_REQUEST = 1.25
/**
 * Where more than that follows from what requests do, most of it is late whatever is done. Requests then have the process almost to
 * themselves for so long: whoever comes in a burst does not pay for what follows. Whoever comes for longer shares.
 */
export const BURST_MS = 5000
const BUSY = 0.7
const IDLE = 0.5
const WINDOW_MS = 100
/** Windows that whoever makes work may be ahead. */
const AHEAD = 4
const MOST_HELD_MS = 5000

/** What was seen of the last window. */
export interface Seen {
  /** Jobs that began. */
  readonly begun: number
  /** From 0 to 1. */
  readonly utilization: number
  readonly requests: number
  /** Jobs that were wanted and may not have begun. */
  readonly owed: number
  /** Milliseconds for which jobs have had to yield, and how many followed from an event meanwhile. */
  readonly yieldedMs: number
  readonly jobsForAnEvent: number
}

/**
 * How many may begin in the window to come: half as many as in the last one while the loop is busy with requests, yet one and a
 * quarter for each request, or only the floor in a burst from which more than that follows; all of them as soon as it is not busy.
 * Work alone may keep the loop busy: it yields only while requests come as well.
 */
export const nextPace = (pace: number, seen: Seen): number => {
  const { begun, utilization, requests, owed, yieldedMs, jobsForAnEvent } = seen
  if (requests === 0 || utilization < IDLE) return Infinity
  if (utilization <= BUSY) return pace
  const share = Math.max(FLOOR, Math.ceil(requests * FOR_A_REQUEST))
  if (yieldedMs < BURST_MS && jobsForAnEvent > FOR_A_REQUEST && owed > share) return FLOOR
  return Math.max(share, Math.floor(Math.min(pace, begun) / 2))
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
  const bell = newBell()
  /** Jobs that were wanted and may not have begun. */
  let owed = 0
  let pace = Infinity
  let begun = 0
  let taken = requests?.() ?? 0
  /** Since jobs have had to yield. */
  let yielded = { ms: 0, jobs: 0, events: 0 }

  const look = (): void => {
    const now = requests?.() ?? 0
    pace = nextPace(pace, {
      begun,
      utilization: utilization(),
      requests: now - taken,
      owed,
      yieldedMs: yielded.ms,
      jobsForAnEvent: yielded.events === 0 ? 0 : yielded.jobs / yielded.events,
    })
    if (pace === Infinity) yielded = { ms: 0, jobs: 0, events: 0 }
    else yielded.ms += windowMs
    taken = now
    begun = 0
    owed = Math.max(0, owed - pace)
    if (owed <= pace * AHEAD) bell.ring()
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
    async wanted({ jobs, events }, signal) {
      yielded.jobs += jobs
      yielded.events += events
      if (pace === Infinity) return
      owed += jobs
      if (owed > pace * AHEAD) await bell.wait(bell.rings, MOST_HELD_MS, signal)
    },
    stop() {
      clearInterval(timer)
      bell.ring()
    },
  }
}

/**
 * Shares this process's time for one kind of work out among lanes, so that those whose tries take long leave the places to the
 * others. How many of a lane run at once grows with every try that is quick, and falls at the first that is not; no lane
 * needs to know of another.
 */
export interface LaneGate {
  /**
   * Resolves with a pass when there is a place, which a quick lane has within moments; else with the instant at which the job
   * may ask again. Whoever waits for longer than a second is asked every second to say that it is still there; what `renew` throws ends the wait.
   */
  enter(lane: string, renew: () => Promise<void>): Promise<Pass | number>
}

/** A place of a lane. */
export interface Pass {
  /** The try begins now: what it waited for before is no fault of the lane. */
  begin(): void
  leave(ended: 'well' | 'badly'): void
}

export interface LaneGateOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From 0 to 1; spreads those that have to wait. */
  readonly random?: () => number
}

/** Tries at once of a lane that is not known yet, of one that is quick, and of one whose last try was slow. */
const PLACES = { first: 2, most: 16, slowButWell: 4, slow: 1 } as const
const SLOW_MS = 1000
/** How often those that wait look whether a try has become a slow one. */
const LOOK_MS = 1000
/** As many for each place may wait in a lane that has not got all places. */
const WAITING = 2
/** How soon those ask again that found no place: in a lane that is slow, and in another. */
const SLOW_AGAIN_MS = 5000
const AGAIN_MS = 50

interface Lane {
  running: number
  /** As many may run. */
  places: number
  slow: boolean
  /** When the tries under way began, the oldest first. */
  readonly trying: Set<{ readonly since: number }>
  readonly waiting: Set<Waiter>
}

interface Waiter {
  readonly enter: (pass: Pass | undefined) => void
  /** Says that it is still there; what it throws ends the wait. */
  readonly renew: () => Promise<void>
  readonly fail: (error: unknown) => void
  /** Looks that have found it waiting. */
  looks: number
}

const newLane = (): Lane => ({
  running: 0,
  places: PLACES.first,
  slow: false,
  trying: new Set(),
  waiting: new Set(),
})

/** Of so many lanes it is remembered what they are like. */
const MOST_LANES = 10_000

export const newLaneGate = ({ now, random = Math.random }: LaneGateOptions): LaneGate => {
  /** The one that was used longest ago first. */
  const lanes = new Map<string, Lane>()

  const of = (name: string): Lane => {
    const lane = lanes.get(name) ?? newLane()
    lanes.delete(name)
    lanes.set(name, lane)
    if (lanes.size > MOST_LANES) forgetOldest()
    return lane
  }
  const forgetOldest = (): void => {
    for (const [name, { running, waiting }] of lanes) {
      if (running > 0 || waiting.size > 0) continue
      lanes.delete(name)
      return
    }
  }

  const letIn = (lane: Lane): void => {
    for (const waiter of lane.waiting) {
      if (!lane.slow && lane.running >= lane.places) return
      lane.waiting.delete(waiter)
      waiter.enter(lane.slow ? undefined : newPass(lane))
    }
  }
  const look = (lane: Lane): void => {
    const [oldest] = lane.trying
    if (oldest !== undefined && performance.now() - oldest.since > SLOW_MS) lane.slow = true
  }

  const newPass = (lane: Lane): Pass => {
    let one: { readonly since: number } | undefined
    lane.running += 1
    return {
      begin() {
        one = { since: performance.now() }
        lane.trying.add(one)
      },
      leave(ended) {
        lane.running -= 1
        if (one !== undefined) {
          lane.trying.delete(one)
          lane.slow = performance.now() - one.since > SLOW_MS
          if (lane.slow) lane.places = ended === 'well' ? PLACES.slowButWell : PLACES.slow
          else lane.places = Math.min(lane.places + 1, PLACES.most)
        }
        letIn(lane)
      },
    }
  }

  /** Those of a lane that is known to be quick may all wait: the feeder bounds them. */
  const mayWait = ({ slow, places, waiting }: Lane): boolean =>
    !slow && (places === PLACES.most || waiting.size < WAITING * places)

  const renewIn = (lane: Lane, waiter: Waiter): void => {
    waiter.looks += 1
    // one that has just come need not say so
    if (waiter.looks === 1) return
    waiter.renew().catch((error: unknown) => {
      if (lane.waiting.delete(waiter)) waiter.fail(error)
    })
  }
  /** One timer for all that wait: they are many. */
  let looking: NodeJS.Timeout | undefined
  const lookAtAll = (): void => {
    let waits = false
    for (const lane of lanes.values()) {
      if (lane.waiting.size === 0) continue
      look(lane)
      if (lane.slow) letIn(lane)
      else for (const waiter of lane.waiting) renewIn(lane, waiter)
      waits ||= lane.waiting.size > 0
    }
    if (waits) return
    clearInterval(looking)
    looking = undefined
  }

  const waitIn = (lane: Lane, renew: () => Promise<void>): Promise<Pass | undefined> =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(error instanceof Error ? error : new Error(String(error)))
      lane.waiting.add({ enter: resolve, renew, fail, looks: 0 })
      looking ??= setInterval(lookAtAll, LOOK_MS)
    })

  return {
    async enter(name, renew) {
      const lane = of(name)
      if (lane.running < lane.places) return newPass(lane)
      look(lane)
      const pass = mayWait(lane) ? await waitIn(lane, renew) : undefined
      return pass ?? now() + Math.ceil((lane.slow ? SLOW_AGAIN_MS : AGAIN_MS) * (1 + random()))
    },
  }
}

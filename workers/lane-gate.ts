/**
 * Shares the places that this process has for one kind of work among the lanes, so that lanes whose jobs take long in order to
 * fail leave the places to the others.
 */
export interface LaneGate {
  /** Undefined: begin, and call `left` afterwards. Else the instant at which the job may ask again. */
  enter(lane: string): number | undefined
  left(lane: string, ended: 'well' | 'badly'): void
}

export interface LaneGateOptions {
  /** Places of this kind of work in this process. */
  readonly concurrency: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From 0 to 1; spreads those that have to wait. */
  readonly random?: () => number
}

/** A lane has one place of so many, and never less than one. */
const SHARE = 16
/** So many tries of a lane in a row that ended badly make it rest: one of them alone says nothing of its lane. */
const BAD_IN_A_ROW = 3
/** How often one job of a lane that rests may find out whether it gets on again. */
const REST_MS = 10_000
/** How soon those ask again that found their lane's places taken. */
const TAKEN_MS = 250

interface Lane {
  running: number
  bad: number
  /** Until then nothing of it begins. */
  restsUntil: number
}

/** Of so many lanes that rest and have nothing under way the state is kept; of others it is made anew. */
const MOST_LANES = 10_000

export const newLaneGate = ({ concurrency, now, random = Math.random }: LaneGateOptions): LaneGate => {
  const lanes = new Map<string, Lane>()
  const share = Math.max(1, Math.floor(concurrency / SHARE))

  const of = (name: string): Lane => {
    const known = lanes.get(name)
    if (known !== undefined) return known
    const lane: Lane = { running: 0, bad: 0, restsUntil: 0 }
    lanes.set(name, lane)
    if (lanes.size > MOST_LANES) forgetOldest()
    return lane
  }
  const forgetOldest = (): void => {
    for (const [name, { running }] of lanes) {
      if (running > 0) continue
      lanes.delete(name)
      return
    }
  }
  const spread = (milliseconds: number): number => Math.ceil(milliseconds * (1 + random()))

  return {
    enter(name) {
      const lane = of(name)
      if (lane.bad >= BAD_IN_A_ROW) {
        if (lane.restsUntil > now()) return lane.restsUntil + spread(TAKEN_MS)
        if (lane.running > 0) return now() + spread(TAKEN_MS)
      } else if (lane.running >= share) return now() + spread(TAKEN_MS)
      lane.running += 1
      return undefined
    },
    left(name, ended) {
      const lane = of(name)
      lane.running = Math.max(0, lane.running - 1)
      lane.bad = ended === 'well' ? 0 : lane.bad + 1
      if (lane.bad >= BAD_IN_A_ROW) lane.restsUntil = now() + spread(REST_MS)
      if (lane.running === 0 && lane.bad === 0) lanes.delete(name)
    },
  }
}

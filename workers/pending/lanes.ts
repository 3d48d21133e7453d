import type { FoundLane, LaneCount, OffLane } from './lane-rows.ts'

/** How much of one lane is where. */
export interface LaneLimits {
  /** Most jobs of a lane that are in the queue at once. */
  readonly inQueue: number
  /** A lane gets more when it has come down to this. */
  readonly getsMore: number
  /** A lane with so many rows is taken off the common path. */
  readonly off: number
  /** One that is off it gets rows again when it has come down to this. */
  readonly goesOn: number
}

export const LANE_LIMITS: LaneLimits = { inQueue: 512, getsMore: 384, off: 100_000, goesOn: 50_000 }

/** What the leader of a manager knows of a lane that has rows, is held, or is off the common path. */
export interface Lane {
  readonly name: string
  held: boolean
  off: OffLane | undefined
  /** Rows in the table. */
  rows: number
  /** Jobs in the queue, or on their way to it. */
  queued: number
  /** Rows up to here were taken into the queue. */
  cursor: number
  /** There may be rows beyond the cursor. */
  backlog: boolean
  /** Counts what makes rows that are being read just now incomplete. */
  grown: number
  /** Counts what makes them useless. */
  turned: number
}

/** The lanes of one manager, and how many rows it has of each kind. */
export interface Lanes {
  readonly limits: LaneLimits
  /** The lane, which is made when it is not known. */
  of(name: string): Lane
  find(name: string): Lane | undefined
  all(): Iterable<Lane>
  /** Rows came or went. */
  count(lane: Lane, kind: string, rows: number): void
  /** Forgets one that nothing is to be known of any more. */
  forget(lane: Lane): void
  /** All rows of a lane are gone. */
  clear(lane: Lane): void
  /** Rows by kind. */
  rows(): ReadonlyMap<string, number>
}

export const newLanes = (
  found: readonly FoundLane[],
  counts: readonly LaneCount[],
  limits: LaneLimits = LANE_LIMITS,
): Lanes => {
  const lanes = new Map<string, Lane>()
  const kinds = new Map<string, number>()
  /** By lane; the usual lane has jobs of one kind. */
  const perLane = new Map<string, Map<string, number>>()

  const of = (name: string): Lane => {
    let lane = lanes.get(name)
    if (lane === undefined) {
      lane = { name, held: false, off: undefined, rows: 0, queued: 0, cursor: 0, backlog: false, grown: 0, turned: 0 }
      lanes.set(name, lane)
    }
    return lane
  }
  const count = (lane: Lane, kind: string, rows: number): void => {
    lane.rows += rows
    kinds.set(kind, (kinds.get(kind) ?? 0) + rows)
    const own = perLane.get(lane.name) ?? new Map<string, number>()
    own.set(kind, (own.get(kind) ?? 0) + rows)
    perLane.set(lane.name, own)
  }
  const forget = (lane: Lane): void => {
    if (lane.rows > 0 || lane.queued > 0 || lane.backlog || lane.held || lane.off !== undefined) return
    lanes.delete(lane.name)
    perLane.delete(lane.name)
  }

  for (const { lane, held, off } of found) Object.assign(of(lane), { held, off })
  for (const { lane, kind, pending, dead } of counts) {
    count(of(lane), kind, pending + dead)
    of(lane).backlog = true
  }
  return {
    limits,
    of,
    find: (name) => lanes.get(name),
    all: () => lanes.values(),
    count,
    forget,
    clear(lane) {
      for (const [kind, rows] of perLane.get(lane.name) ?? []) count(lane, kind, -rows)
    },
    rows: () => kinds,
  }
}

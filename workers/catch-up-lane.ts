import type { Sql } from 'postgres'
import type { RecordedEvent } from '../platform/event-store/event-store.ts'
import { decideBatch, type Decision } from './decide-batch.ts'
import type { Led } from './led.ts'
import type { ReadEvent } from './logged-event.ts'
import { deleteJobs, insertJobs } from './pending/job-rows.ts'
import { moveLane, type OffLane } from './pending/lane-rows.ts'
import type { Lane } from './pending/lanes.ts'

/** Writes the rows of one lane; `to` undefined: it is on the common path from now on. */
const writeLane = (
  sql: Sql,
  manager: string,
  lane: string,
  { at }: OffLane,
  decision: Decision,
  to: OffLane | undefined,
) =>
  sql.begin(async (tx) => {
    await tx`select set_config('synchronous_commit', 'off', true)`
    await moveLane(tx, manager, lane, at, to)
    const { settled, jobs } = decision
    const gone = settled.size > 0 ? await deleteJobs(tx, manager, [...settled], lane) : []
    const wanted = [...jobs.values()].filter((job) => job.lane === lane)
    return { gone, inserted: wanted.length > 0 ? await insertJobs(tx, manager, wanted) : [] }
  })

/**
 * Brings a lane that is off the common path forward by events that follow what it has got rows for: those of them that the
 * manager has decided already. Called in the manager's turn. False: it is on the common path again, or gets no more for now.
 */
export const bringForward = async (
  { sql, read }: { readonly sql: Sql; readonly read: ReadEvent },
  led: Led,
  lane: Lane,
  events: readonly RecordedEvent[],
): Promise<boolean> => {
  const decided = events.filter(({ position }) => position <= led.position)
  let rest: readonly RecordedEvent[] = decided
  do {
    if (lane.off === undefined || lane.held || lane.rows >= led.lanes.limits.off) return false
    const before = lane.off
    const decision = decideBatch(led.manager, { state: before.state, position: before.at }, rest, read)
    if (decision.poison !== undefined) throw new Error(`a lane could not be decided anew: ${decision.poison.reason}`)
    rest = decision.rest
    const joins = rest.length === 0 && (decided.length < events.length || decision.position >= led.position)
    const off = joins ? undefined : { at: decision.position, state: decision.state }
    const { gone, inserted } = await writeLane(sql, led.manager.name, lane.name, before, decision, off)
    lane.off = off
    for (const { kind } of gone) led.lanes.count(lane, kind, -1)
    led.feeder.over(gone.map(({ id }) => id))
    led.feeder.added(inserted)
    if (joins) return false
  } while (rest.length > 0)
  return true
}

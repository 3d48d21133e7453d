import type { Sql } from 'postgres'
import type { Position } from '../../platform/event-store/event-store.ts'
import type { Decision } from '../decide-batch.ts'
import { moveCheckpoint } from '../checkpoint.ts'
import type { ProcessManager } from '../work.ts'
import { deleteJobs, insertJobs, reviveJobs, type JobRow, type PendingJob } from './job-rows.ts'
import { dropLanes, setLanes, takeOff } from './lane-rows.ts'

/** What a decision changed in the table. */
export interface Written {
  readonly inserted: readonly PendingJob[]
  readonly settled: readonly JobRow[]
  readonly revived: readonly JobRow[]
}

/** What is written beside a decision. */
export interface LaneChoice {
  /** Lanes that are off the common path, or are taken off it by this decision: their jobs are not written. */
  readonly off: ReadonlySet<string>
  /** Of these, those that are taken off by it. */
  readonly takenOff: readonly string[]
}

/**
 * Writes what follows from a batch in one transaction with the checkpoint.
 * @throws {ManagerMoved} another process led the manager on
 */
export const writeDecision = (
  sql: Sql,
  manager: ProcessManager,
  from: { readonly position: Position; readonly stored: Position; readonly state: unknown },
  decision: Decision,
  { off, takenOff }: LaneChoice,
): Promise<Written> =>
  sql.begin(async (tx) => {
    const { name } = manager
    const { jobs, settled, retried, lanes, droppedLanes, position } = decision
    const state = decision.state === from.state ? undefined : JSON.stringify(decision.state)
    await moveCheckpoint(tx, manager, from.stored, position, state)
    if (droppedLanes.size > 0) await dropLanes(tx, name, [...droppedLanes])
    const gone = settled.size > 0 ? await deleteJobs(tx, name, [...settled]) : []
    const revived = retried.size > 0 ? await reviveJobs(tx, name, [...retried]) : []
    const wanted = [...jobs.values()].filter(({ lane }) => !off.has(lane))
    const inserted = wanted.length > 0 ? await insertJobs(tx, name, wanted) : []
    if (lanes.size > 0) await setLanes(tx, name, lanes)
    if (takenOff.length > 0) await takeOff(tx, name, takenOff, { at: from.position, state: from.state })
    return { inserted, settled: gone, revived }
  })

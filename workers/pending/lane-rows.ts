import type { Sql, TransactionSql } from 'postgres'
import type { Position } from '../../platform/event-store/event-store.ts'
import { ManagerMoved } from '../checkpoint.ts'

/** A lane that is off the common path: which events it has got rows for, and the manager's state after them. */
export interface OffLane {
  readonly at: Position
  readonly state: unknown
}

/** A lane as a process that begins to lead finds it. */
export interface FoundLane {
  readonly lane: string
  readonly held: boolean
  readonly off: OffLane | undefined
}

export const listLanes = async (sql: Sql, manager: string): Promise<readonly FoundLane[]> => {
  const rows = await sql<{ lane: string; held: boolean; at: string | null; state: string | null }[]>`
    select lane, held, off_at as at, off_state as state from job_lanes where manager = ${manager}`
  return rows.map(({ lane, held, at, state }) => ({
    lane,
    held,
    off: at === null || state === null ? undefined : { at, state: JSON.parse(state) as unknown },
  }))
}

export interface LaneCount {
  readonly lane: string
  readonly kind: string
  readonly pending: number
  readonly dead: number
}

export const countJobs = async (sql: Sql | TransactionSql, manager: string): Promise<readonly LaneCount[]> => {
  const rows = await sql<{ lane: string; kind: string; pending: string; dead: string }[]>`
    select lane, kind, count(*) filter (where state = 'pending') as pending, count(*) filter (where state = 'dead') as dead
    from pending_jobs where manager = ${manager} group by lane, kind`
  return rows.map((row) => ({ ...row, pending: Number(row.pending), dead: Number(row.dead) }))
}

export const setLanes = async (
  tx: TransactionSql,
  manager: string,
  lanes: ReadonlyMap<string, 'open' | 'held'>,
): Promise<void> => {
  const names = [...lanes.keys()]
  await tx`
    insert into job_lanes (manager, lane, held)
    select ${manager}, l.lane, l.lane = any(${names.filter((lane) => lanes.get(lane) === 'held')}::text[])
    from unnest(${names}::text[]) as l(lane)
    on conflict (manager, lane) do update set held = excluded.held`
  // what is open and on the common path is as good as not mentioned
  await tx`delete from job_lanes where manager = ${manager} and not held and off_at is null and lane = any(${names}::text[])`
}

export const dropLanes = async (tx: TransactionSql, manager: string, lanes: readonly string[]): Promise<void> => {
  await tx`delete from pending_jobs where manager = ${manager} and lane = any(${[...lanes]}::text[])`
  await tx`delete from job_lanes where manager = ${manager} and lane = any(${[...lanes]}::text[])`
}

/** Takes lanes off the common path. */
export const takeOff = async (
  tx: TransactionSql,
  manager: string,
  lanes: readonly string[],
  { at, state }: OffLane,
): Promise<void> => {
  await tx`
    insert into job_lanes (manager, lane, off_at, off_state)
    select ${manager}, lane, ${at}, ${JSON.stringify(state)} from unnest(${[...lanes]}::text[]) as l(lane)
    on conflict (manager, lane) do update set off_at = excluded.off_at, off_state = excluded.off_state`
}

/**
 * Moves a lane that is off the common path forward, or (`to` undefined) onto it again.
 * @throws {ManagerMoved} another process moved it
 */
export const moveLane = async (
  tx: TransactionSql,
  manager: string,
  lane: string,
  from: Position,
  to: OffLane | undefined,
): Promise<void> => {
  const state = to === undefined ? null : JSON.stringify(to.state)
  const moved = await tx`
    update job_lanes set off_at = ${to?.at ?? null}, off_state = ${state}
    where manager = ${manager} and lane = ${lane} and off_at = ${from}`
  if (moved.count !== 1) throw new ManagerMoved(`the lane ${lane} of ${manager} is no longer at ${from}`)
  if (to === undefined) await tx`delete from job_lanes where manager = ${manager} and lane = ${lane} and not held`
}

import type { Sql, TransactionSql } from 'postgres'
import { START, type Position } from '../platform/event-store/event-store.ts'
import type { ProcessManager } from './work.ts'

/** How far a process manager has come, as it was read or written last. */
export interface ManagerRecord {
  readonly checkpoint: Position
  readonly state: unknown
  /** Why it was halted, when it was. */
  readonly error: string | null
}

/** Thrown when a manager is not where this process believed: another process led it on. */
export class ManagerMoved extends Error {}

/** Thrown when a newer Waybill led the manager: its rows mean something else. */
export class NewerVersion extends Error {}

interface Row {
  readonly version: number
  readonly checkpoint: Position
  readonly state: string
  readonly error: string | null
}

/**
 * The manager as it was left, or at the start of the log: new ones, and those of another version, whose pending jobs go too.
 * @throws {NewerVersion}
 */
export const openRecord = (sql: Sql, { name, version, initialState }: ProcessManager): Promise<ManagerRecord> =>
  sql.begin(async (tx) => {
    const initial = JSON.stringify(initialState)
    await tx`
      insert into process_managers (name, version, checkpoint, state) values (${name}, ${version}, ${START}, ${initial})
      on conflict (name) do nothing`
    const [row] = await tx<Row[]>`
      select version, checkpoint, state, error from process_managers where name = ${name} for update`
    if (row === undefined) throw new ManagerMoved(`the record of ${name} is gone`)
    if (row.version > version) throw new NewerVersion(`${name} was led by a newer Waybill (version ${row.version})`)
    if (row.version === version) return { ...row, state: JSON.parse(row.state) as unknown }
    await tx`delete from pending_jobs where manager = ${name}`
    await tx`delete from job_lanes where manager = ${name}`
    await tx`
      update process_managers
      set version = ${version}, checkpoint = ${START}, state = ${initial}, error = null, updated_at = now()
      where name = ${name}`
    return { checkpoint: START, state: initialState, error: null }
  })

/**
 * Moves the checkpoint by compare-and-set; the row stays locked until the transaction ends. `state` undefined: unchanged.
 * @throws {ManagerMoved}
 */
export const moveCheckpoint = async (
  tx: TransactionSql,
  { name, version }: ProcessManager,
  from: Position,
  to: Position,
  state: string | undefined,
): Promise<void> => {
  // rows and checkpoint are lost together and come again from the log: no need to wait for the disk
  const moved = await tx`
    with relaxed as (select set_config('synchronous_commit', 'off', true))
    update process_managers
    set checkpoint = ${to}, state = coalesce(${state ?? null}, state), error = null, updated_at = now()
    from relaxed where name = ${name} and version = ${version} and checkpoint = ${from}`
  if (moved.count !== 1) throw new ManagerMoved(`${name} is no longer at ${from}`)
}

/** Says why the manager stands still. */
export const noteError = async (sql: Sql, { name }: ProcessManager, from: Position, reason: string): Promise<void> => {
  await sql`update process_managers set error = ${reason}, updated_at = now() where name = ${name} and checkpoint = ${from}`
}

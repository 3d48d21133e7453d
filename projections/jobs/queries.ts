import type { Sql } from 'postgres'

/**
 * The jobs that are to be carried out, and how far process managers have come. These are no read models of their own: the
 * workers write the tables, as of today, and they have no past.
 */
export const JOB_STATES = ['pending', 'queued', 'dead'] as const
/**
 * - `pending`: waits in the database · `queued`: in the queue or being carried out, seen a second or so late
 * - `dead`: nobody tries it any more
 */
export type JobState = (typeof JOB_STATES)[number]

export interface JobRow {
  readonly id: string
  /** Later jobs of a lane have a greater one. */
  readonly order: string
  readonly manager: string
  readonly kind: string
  readonly lane: string
  readonly key: string | null
  readonly priority: string
  readonly state: JobState
  /** Tries that failed. */
  readonly attempts: number
  /** Of the last one. */
  readonly reason: string | null
  readonly createdAt: string
  readonly notBefore: string | null
}

const INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'

const columns = (sql: Sql) => sql`
  id, "order"::text, manager, kind, lane, key, priority, attempts, reason,
  case when state = 'dead' then 'dead' when queued_in is null then 'pending' else 'queued' end as state,
  to_char(created_at at time zone 'UTC', ${INSTANT}) as "createdAt",
  to_char(to_timestamp(not_before / 1000.0) at time zone 'UTC', ${INSTANT}) as "notBefore"`

const inState = (sql: Sql, state: JobState | undefined) => {
  if (state === undefined) return sql``
  if (state === 'dead') return sql`and state = 'dead'`
  return state === 'queued'
    ? sql`and state = 'pending' and queued_in is not null`
    : sql`and state = 'pending' and queued_in is null`
}

export interface JobFilter {
  readonly kind: string | undefined
  readonly state: JobState | undefined
}

/** The oldest first, beyond `after` (an order). */
export const listJobs = (
  sql: Sql,
  { kind, state }: JobFilter,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly JobRow[]> => sql<JobRow[]>`
  select ${columns(sql)} from pending_jobs
  where "order" > ${after ?? '0'} ${kind === undefined ? sql`` : sql`and kind = ${kind}`} ${inState(sql, state)}
  order by pending_jobs."order" limit ${limit}`

export const findJob = async (sql: Sql, id: string): Promise<JobRow | undefined> => {
  const [row] = await sql<JobRow[]>`select ${columns(sql)} from pending_jobs where id = ${id}`
  return row
}

export interface ProcessManagerRow {
  readonly name: string
  readonly version: number
  /** How far it has come in the log, a second or so late. */
  readonly position: string
  /** Why it stands still. */
  readonly halted: string | null
  readonly updatedAt: string
}

export const listProcessManagers = (sql: Sql): Promise<readonly ProcessManagerRow[]> => sql<ProcessManagerRow[]>`
  select name, version, checkpoint as position, error as halted,
    to_char(updated_at at time zone 'UTC', ${INSTANT}) as "updatedAt"
  from process_managers order by name`

import type { Sql, TransactionSql } from 'postgres'
import type { JobPriority, NewJob } from '../../platform/job-queue/job-queue.ts'
import type { CheckedJob } from './checked-job.ts'

/** A pending job as it goes into the queue. */
export interface PendingJob extends NewJob {
  readonly lane: string
  /** Jobs of a lane are fed in this order. */
  readonly order: number
}

/** Which row is gone or changed. */
export interface JobRow {
  readonly id: string
  readonly lane: string
  readonly kind: string
  readonly state: 'pending' | 'dead'
}

/** Jobs of one statement: its parameters are copied a few times on their way. */
const CHUNK = 1000

/** Inserts jobs in their order, and returns those that were not there. */
export const insertJobs = async (
  tx: TransactionSql,
  manager: string,
  jobs: readonly CheckedJob[],
): Promise<readonly PendingJob[]> => {
  const inserted: PendingJob[] = []
  for (let from = 0; from < jobs.length; from += CHUNK) {
    const chunk = jobs.slice(from, from + CHUNK)
    const rows = await tx<{ id: string; order: string }[]>`
      insert into pending_jobs (id, manager, kind, lane, key, priority, not_before, data)
      select j.id, ${manager}, j.kind, j.lane, j.key, j.priority, j.not_before, j.data
      from unnest(
        ${chunk.map(({ id }) => id)}::uuid[], ${chunk.map(({ kind }) => kind)}::text[],
        ${chunk.map(({ lane }) => lane)}::text[], ${chunk.map(({ key }) => key ?? null)}::text[],
        ${chunk.map(({ priority }) => priority ?? 'normal')}::text[],
        ${chunk.map(({ notBefore }) => notBefore ?? null)}::bigint[], ${chunk.map(({ json }) => json)}::text[]
      ) with ordinality as j(id, kind, lane, key, priority, not_before, data, ordinal)
      order by j.ordinal
      on conflict (id) do nothing
      returning id, "order"`
    const orders = new Map(rows.map(({ id, order }) => [id, Number(order)]))
    for (const { json: _, ...job } of chunk) {
      const order = orders.get(job.id)
      if (order !== undefined) inserted.push({ ...job, order })
    }
  }
  return inserted
}

/** `lane`: only those that are in it. */
export const deleteJobs = (
  tx: TransactionSql,
  manager: string,
  ids: readonly string[],
  lane: string | null = null,
): Promise<JobRow[]> =>
  tx<JobRow[]>`
    delete from pending_jobs
    where manager = ${manager} and id = any(${[...ids]}::uuid[]) and lane = coalesce(${lane}, lane)
    returning id, lane, kind, state`

/** Makes dead jobs pending again, behind all others. */
export const reviveJobs = (tx: TransactionSql, manager: string, ids: readonly string[]): Promise<JobRow[]> =>
  tx<JobRow[]>`
    update pending_jobs
    set state = 'pending', attempts = 0, reason = null, died_at = null, queued_in = null,
      outcome_batch = null, outcome = null, "order" = default
    where manager = ${manager} and id = any(${[...ids]}::uuid[]) and state = 'dead'
    returning id, lane, kind, state`

interface StoredJob {
  readonly id: string
  readonly order: string
  readonly kind: string
  readonly lane: string
  readonly key: string | null
  readonly priority: JobPriority
  readonly not_before: string | null
  readonly data: string
}

const pendingOf = (row: StoredJob): PendingJob => ({
  id: row.id,
  order: Number(row.order),
  kind: row.kind,
  lane: row.lane,
  key: row.key ?? undefined,
  priority: row.priority,
  notBefore: row.not_before === null ? undefined : Number(row.not_before),
  data: JSON.parse(row.data) as unknown,
})

/** The next jobs of a lane beyond `after`, in order. */
export const nextOfLane = async (
  sql: Sql,
  manager: string,
  lane: string,
  after: number,
  limit: number,
): Promise<readonly PendingJob[]> => {
  const rows = await sql<StoredJob[]>`
    select id, "order", kind, lane, key, priority, not_before, data from pending_jobs
    where manager = ${manager} and lane = ${lane} and state = 'pending' and "order" > ${after}
    order by "order" limit ${limit}`
  return rows.map(pendingOf)
}

/** Those of the ids that are still to be done, in order. */
export const stillPending = async (sql: Sql, ids: readonly string[]): Promise<readonly PendingJob[]> => {
  const rows = await sql<StoredJob[]>`
    select id, "order", kind, lane, key, priority, not_before, data from pending_jobs
    where id = any(${[...ids]}::uuid[]) and state = 'pending' order by "order"`
  return rows.map(pendingOf)
}

/** Notes what is in the queue, for people, and returns what it noted: rows that are being changed are passed over. */
export const noteQueued = async (sql: Sql, ids: readonly string[], generation: string): Promise<readonly string[]> => {
  const rows = await sql<{ id: string }[]>`
    update pending_jobs set queued_in = ${generation} where id in (
      select id from pending_jobs where id = any(${[...ids]}::uuid[]) for update skip locked
    )
    returning id`
  return rows.map(({ id }) => id)
}

/** Of the jobs that died since the instant of the database's clock, which it returns anew. */
export const diedSince = async (sql: Sql, manager: string, since: string) => {
  const [now] = await sql<{ now: string }[]>`select (now() - interval '5 seconds')::text as now`
  const rows = await sql<JobRow[]>`
    select id, lane, kind, state from pending_jobs
    where manager = ${manager} and state = 'dead' and died_at >= ${since}::text::timestamptz`
  return { rows, since: now?.now ?? since }
}

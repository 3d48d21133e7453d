import type { Sql } from 'postgres'
import type { WorkOutcome } from '../work.ts'
import { inBatches } from './in-batches.ts'
import type { JobResult } from './outcomes.ts'

/**
 * Which batch tells the log of which job: written beside the pending job before the batch is appended. Whoever gets a job of
 * which that is written, or which is pending no more, finishes what was begun instead of carrying it out again, so that its outcome is
 * in the log once. A queue that several processes work on gives such jobs: when one is killed in the middle, when another leads
 * the manager, when it has lost what it had.
 */
export interface OutcomeClaims {
  /** What became of the job already; undefined: it is to be carried out. Throws what the database throws. */
  known(id: string): Promise<WorkOutcome | undefined>
  /**
   * Claims the results for the batch, and returns what is to be appended under which id: the results that it got, and all of
   * those batches that had one before. Of jobs that are pending no more nothing is. Throws what the database throws.
   */
  claim(batchId: string, results: readonly JobResult[]): Promise<ReadonlyMap<string, readonly JobResult[]>>
}

type Stored = Omit<JobResult, 'job'> & { readonly attempt: number }

interface ClaimedRow {
  readonly id: string
  readonly kind: string
  readonly key: string | null
  readonly data: string
  readonly outcome_batch: string
  readonly outcome: string
}

const storedOf = ({ job, ...rest }: JobResult): string =>
  JSON.stringify({ ...rest, attempt: job.attempt } satisfies Stored)

const resultOf = ({ id, kind, key, data, outcome }: ClaimedRow): JobResult => {
  const { attempt, ...rest } = JSON.parse(outcome) as Stored
  return { job: { id, kind, key: key ?? undefined, data: JSON.parse(data) as unknown, attempt }, ...rest }
}

/** The recorder finishes it: with `done` it appends what was claimed, if that is not in the log yet. */
const knownOf = (stored: string): WorkOutcome => {
  const { outcome, reason = 'its tries are over' } = JSON.parse(stored) as Stored
  return outcome === 'dead' ? { outcome, reason } : { outcome: 'done' }
}

export const openOutcomeClaims = (sql: Sql): OutcomeClaims => {
  const known = inBatches(async (ids: readonly string[]) => {
    const rows = await sql<{ id: string; outcome: string | null }[]>`
      select id, outcome from pending_jobs where id = any(${[...ids]}::uuid[])`
    const pending = new Map(rows.map(({ id, outcome }) => [id, outcome]))
    return (id: string): WorkOutcome | undefined => {
      const outcome = pending.get(id)
      if (outcome === undefined) return { outcome: 'done' }
      return outcome === null ? undefined : knownOf(outcome)
    }
  })

  return {
    known,
    async claim(batchId, results) {
      const ids = results.map(({ job }) => job.id)
      // in one order, so that two processes with the same jobs do not wait for each other
      const claimed = await sql`
        update pending_jobs set outcome_batch = ${batchId}, outcome = r.outcome
        from unnest(${ids}::uuid[], ${results.map(storedOf)}::text[]) as r(id, outcome)
        where pending_jobs.id = r.id and pending_jobs.outcome_batch is null and pending_jobs.id in (
          select id from pending_jobs where id = any(${ids}::uuid[]) order by id for update
        )`
      if (claimed.count === results.length) return new Map([[batchId, results]])
      const rows = await sql<ClaimedRow[]>`
        select id, kind, key, data, outcome_batch, outcome from pending_jobs
        where outcome_batch in (select outcome_batch from pending_jobs where id = any(${ids}::uuid[]))
        order by "order"`
      const batches = Map.groupBy(rows, (row) => row.outcome_batch)
      return new Map([...batches].map(([batch, own]) => [batch, own.map(resultOf)]))
    },
  }
}

import type { Clock } from '../platform/clock.ts'
import type { Job, JobOutcome, Perform, WorkPolicy } from '../platform/job-queue/job-queue.ts'
import type { JobMetrics } from './job-metrics.ts'
import { newLaneGate, type Pass } from './lane-gate.ts'
import type { OutcomeClaims } from './outcomes/claims.ts'
import type { OutcomeRecorder } from './outcomes/recorder.ts'
import type { TryNotes } from './pending/try-notes.ts'
import type { Work, WorkOutcome } from './work.ts'
import type { Yielding } from './yielding.ts'

export interface PerformingParts {
  /** Undefined: the kind remembers its outcomes by itself. */
  readonly recorder: OutcomeRecorder | undefined
  /** Undefined: a job that is not over has not been carried out. */
  readonly claims: Pick<OutcomeClaims, 'known'> | undefined
  readonly notes: TryNotes
  readonly yielding: Yielding
  readonly clock: Clock
  readonly metrics: JobMetrics
  /** Called when a job is dead and that is remembered. */
  readonly died: (id: string) => void
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const tried = async ({ claims }: PerformingParts, work: Work, job: Job, begin: () => void): Promise<WorkOutcome> => {
  try {
    return (await claims?.known(job.id)) ?? (await work.perform(job, begin))
  } catch (error) {
    return { outcome: 'failed', reason: messageOf(error) }
  }
}

/** Remembers what is over, and says what the queue is to do with the job. */
const concluded = async ({ recorder, notes }: PerformingParts, job: Job, outcome: WorkOutcome): Promise<JobOutcome> => {
  if (outcome.outcome === 'failed') notes.failed(job.id, job.attempt, outcome.reason)
  if (outcome.outcome !== 'done' && outcome.outcome !== 'unsent') return outcome
  const reason = outcome.outcome === 'unsent' ? { reason: outcome.reason } : {}
  const result = 'result' in outcome ? { result: outcome.result } : {}
  await recorder?.record({ job, outcome: outcome.outcome, ...reason, ...result })
  return { outcome: 'done' }
}

/**
 * `perform` as the queue gets it: at the process's pace, counted, and over only when the outcome is in the log. A job whose
 * outcome cannot be appended failed, and is carried out again.
 */
export const performWork = (parts: PerformingParts, work: Work): Perform => {
  const { yielding, metrics, clock } = parts
  const { laneOf } = work
  const gate = newLaneGate({ now: () => clock.now() })
  // whoever waits for a turn keeps the lease
  const turn = (job: Job): Promise<void> =>
    yielding.turn({ renewMs: work.policy.leaseMs / 3, renew: () => job.progress() })

  const counted = async (job: Job, trying: () => Promise<WorkOutcome>): Promise<JobOutcome> => {
    const began = performance.now()
    const outcome = await trying()
      .then((tried) => concluded(parts, job, tried))
      .catch((error: unknown): JobOutcome => ({
        outcome: 'failed',
        reason: `the outcome is not in the log: ${messageOf(error)}`,
      }))
    const count = outcome.outcome === 'failed' ? metrics.failed : metrics.performed
    count(work.kind, (performance.now() - began) / 1000)
    return outcome
  }
  const attempt = (job: Job, begin: () => void): Promise<WorkOutcome> =>
    job.signal.aborted ? Promise.resolve(GONE) : tried(parts, work, job, begin)

  /** The next of the lane begins as soon as the try is over: it does not wait for the log. */
  const inLane = async (job: Job, pass: Pass): Promise<WorkOutcome> => {
    const outcome = await attempt(job, () => pass.begin())
    pass.leave(outcome.outcome === 'failed' || outcome.outcome === 'dead' ? 'badly' : 'well')
    return outcome
  }

  return async (job) => {
    const pass = laneOf === undefined ? undefined : await gate.enter(laneOf(job), () => job.progress())
    if (typeof pass === 'number') return { outcome: 'later', notBefore: pass }
    try {
      await turn(job)
    } catch (error) {
      pass?.leave('well')
      throw error
    }
    return await counted(job, () => (pass === undefined ? attempt(job, () => undefined) : inLane(job, pass)))
  }
}

/** What the queue hears of a job that is no longer ours; it heeds it no more. */
const GONE: WorkOutcome = { outcome: 'failed', reason: 'the job was given back before it began' }

/** The policy as the queue gets it: a dead job is remembered as one. */
export const policyOf = ({ recorder, notes, died }: PerformingParts, { policy }: Work): WorkPolicy => ({
  ...policy,
  onDead: async (job, reason) => {
    await recorder?.record({ job, outcome: 'dead', reason })
    await notes.died(job.id, job.attempt, reason)
    died(job.id)
    await policy.onDead?.(job, reason)
  },
})

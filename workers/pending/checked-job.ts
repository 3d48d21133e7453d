import { queuedJob } from '../../platform/job-queue/queued-job.ts'
import type { WantedJob } from '../work.ts'

/** A wanted job as its row has it. */
export interface CheckedJob extends WantedJob {
  /** `data` as JSON. */
  readonly json: string
}

/** Lanes and keys are in indexes, whose entries must fit into a third of a page of 8 KiB. */
const MOST_NAME_CHARACTERS = 512

const isName = (text: string): boolean => text.length <= MOST_NAME_CHARACTERS && !text.includes('\0')

/** Throws what makes the event a poison one: a job that neither the table nor a queue can hold. */
export const checkedJob = (job: WantedJob): CheckedJob => {
  const { id, lane, key } = job
  const { data } = queuedJob(job, 0)
  if (!isName(lane)) throw new Error(`the lane of job ${id} is too long, or has a NUL`)
  if (key !== undefined && !isName(key)) throw new Error(`the key of job ${id} is too long, or has a NUL`)
  return { ...job, json: data }
}

import { JOB_PRIORITIES, MAX_JOB_BYTES } from '../../platform/job-queue/job-queue.ts'
import type { WantedJob } from '../work.ts'

/** A wanted job as its row has it. */
export interface CheckedJob extends WantedJob {
  /** `data` as JSON. */
  readonly json: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const KIND = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** Lanes and keys are in indexes, whose entries must fit into a third of a page of 8 KiB. */
const MOST_NAME_CHARACTERS = 512

const isName = (text: string): boolean => text.length <= MOST_NAME_CHARACTERS && !text.includes('\0')

/** Throws what makes the event a poison one: a job that neither the table nor a queue can hold. */
export const checkedJob = (job: WantedJob): CheckedJob => {
  const { id, kind, lane, key, priority } = job
  if (!UUID.test(id)) throw new Error(`a job's id must be a UUID, not ${id}`)
  if (!KIND.test(kind)) throw new Error(`a job's kind must be words joined by hyphens, not ${kind}`)
  if (!isName(lane)) throw new Error(`the lane of job ${id} is too long, or has a NUL`)
  if (key !== undefined && !isName(key)) throw new Error(`the key of job ${id} is too long, or has a NUL`)
  if (priority !== undefined && !JOB_PRIORITIES.includes(priority)) throw new Error(`no priority is ${priority}`)
  const json = JSON.stringify(job.data) as string | undefined
  if (json === undefined) throw new Error(`the data of job ${id} is not a JSON value`)
  if (Buffer.byteLength(json) > MAX_JOB_BYTES)
    throw new Error(`the data of job ${id} has more than ${MAX_JOB_BYTES} bytes`)
  return { ...job, json }
}

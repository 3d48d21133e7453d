import { PlatformError } from '../platform-error.ts'
import { JOB_PRIORITIES, type JobPriority, MAX_JOB_BYTES, type NewJob } from './job-queue.ts'

/** A job as it stands in a queue. */
export interface QueuedJob {
  readonly id: string
  readonly kind: string
  readonly key: string | undefined
  readonly priority: JobPriority
  readonly publishedAt: number
  /** JSON, so that nobody changes what another try gets, and that it is the same in every adapter. */
  readonly data: string
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const KIND = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** @throws {PlatformError} `invalid-job` */
export const queuedJob = (job: NewJob, publishedAt: number): QueuedJob => {
  if (!UUID.test(job.id)) throw invalid(job, 'its id is no UUID in lower case')
  if (!KIND.test(job.kind)) throw invalid(job, 'its kind is not made of lower-case words joined by hyphens')
  const priority = job.priority ?? 'normal'
  if (!JOB_PRIORITIES.includes(priority)) throw invalid(job, 'its priority is none')
  if (job.notBefore !== undefined && !Number.isFinite(job.notBefore)) throw invalid(job, 'its instant is none')
  const data = jsonOf(job)
  if (Buffer.byteLength(data) > MAX_JOB_BYTES) throw invalid(job, `its data has more than ${MAX_JOB_BYTES} bytes`)
  return { id: job.id, kind: job.kind, key: job.key, priority, publishedAt, data }
}

const jsonOf = (job: NewJob): string => {
  let text: string | undefined
  try {
    text = JSON.stringify(job.data)
  } catch (error) {
    throw invalid(job, `its data is no JSON: ${(error as Error).message}`)
  }
  if (text === undefined) throw invalid(job, 'its data is no JSON')
  return text
}

const invalid = ({ kind, id }: NewJob, why: string): PlatformError =>
  new PlatformError('invalid-job', `job ${id} of kind ${kind} cannot be queued: ${why}`)

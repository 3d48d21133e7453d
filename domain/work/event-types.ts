import { JobDropped, JobRetried } from './job/job.ts'

export const workEvents = [JobRetried, JobDropped] as const

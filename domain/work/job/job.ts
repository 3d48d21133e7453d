import { Type } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed } from '../../names.ts'
import { streamOfId } from '../../stream-names.ts'

const inJob = { jobId: Type.String() } as const

export const JobRetried = eventType(
  'JobRetried',
  'Somebody wants a job that nobody tries any more to be tried anew.',
  Closed(inJob),
)
export const JobDropped = eventType('JobDropped', 'Somebody wants a job not to be carried out any more.', Closed(inJob))

export type JobEvent = EventOf<typeof JobRetried | typeof JobDropped>

export type JobCommand = { readonly type: 'RetryJob' | 'DropJob'; readonly jobId: string }

/** What people wanted of a job; that there is such a job is not known from its stream. */
export interface JobState {
  readonly status: 'left-alone' | 'retried' | 'dropped'
}

export const jobStream = (jobId: string): string => streamOfId('job', jobId)

export const job: Decider<JobState, JobCommand, JobEvent> = {
  initialState: { status: 'left-alone' },
  decide: ({ type, jobId }, { status }) => {
    switch (type) {
      case 'RetryJob':
        if (status === 'dropped') throw new DomainError('not-found', 'The job was dropped.')
        return [{ type: 'JobRetried', data: { jobId } }]
      case 'DropJob':
        return status === 'dropped' ? [] : [{ type: 'JobDropped', data: { jobId } }]
      default:
        return assertNever(type)
    }
  },
  evolve: (_, event) => {
    switch (event.type) {
      case 'JobRetried':
        return { status: 'retried' }
      case 'JobDropped':
        return { status: 'dropped' }
      default:
        return assertNever(event)
    }
  },
}

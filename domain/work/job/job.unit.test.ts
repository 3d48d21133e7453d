import { describe, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { job, type JobEvent } from './job.ts'

const given = scenarios(job)
const jobId = '0b6f0c1e-3a52-5b1c-9a1e-1c1a0a4f2b11'
const retried: JobEvent = { type: 'JobRetried', data: { jobId } }
const dropped: JobEvent = { type: 'JobDropped', data: { jobId } }

describe('a job', () => {
  it('is retried as often as somebody wants', () => {
    given().when({ type: 'RetryJob', jobId }).then(retried)
    given(retried).when({ type: 'RetryJob', jobId }).then(retried)
  })

  it('is dropped once, and not retried after that', () => {
    given(retried).when({ type: 'DropJob', jobId }).then(dropped)
    given(dropped).when({ type: 'DropJob', jobId }).thenNothingHappened()
    given(dropped).when({ type: 'RetryJob', jobId }).thenRefused('not-found')
  })
})

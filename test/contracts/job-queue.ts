import { afterAll, beforeAll, describe } from 'vitest'
import { failureCases } from './job-queue-failures.ts'
import { leaseCases } from './job-queue-leases.ts'
import { orderCases } from './job-queue-order.ts'
import { stoppingCases } from './job-queue-stopping.ts'
import { tryCases } from './job-queue-tries.ts'
import type { Current, JobQueueUnderTest } from './job-queue-under-test.ts'

/** What every adapter of the job queue port keeps to. */
export const jobQueueContract = (name: string, open: () => Promise<JobQueueUnderTest>): void => {
  describe(`the job queue port, by ${name}`, () => {
    let opened: JobQueueUnderTest | undefined
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(async () => {
      await opened?.close()
    })
    const current: Current = () => {
      if (opened === undefined) throw new Error('no queue is open')
      return opened
    }
    tryCases(current)
    failureCases(current)
    orderCases(current)
    leaseCases(current)
    // the last of its cases closes the queue
    stoppingCases(current)
  })
}

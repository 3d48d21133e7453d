import { jobQueueContract } from '../../../test/contracts/job-queue.ts'
import { quietLog } from '../../../test/postgres.ts'
import { systemClock } from '../../clock.ts'
import { openInProcessQueue } from './in-process-queue.ts'

jobQueueContract('this process', () => {
  const queue = openInProcessQueue({ clock: systemClock, log: quietLog })
  return Promise.resolve({ queue, close: () => queue.close() })
})

import { describe } from 'vitest'
import { jobQueueContract } from '../../../test/contracts/job-queue.ts'
import { startNatsQueues } from '../../../test/nats/nats-queues.ts'
import { need } from '../../../test/servers.ts'

const nats = await need('nats-server')

describe.skipIf(nats.missing)('on a real server', () => {
  jobQueueContract('NATS JetStream', async () => {
    const queues = await startNatsQueues()
    return { queue: await queues.open(), another: queues.open, close: queues.close }
  })
})

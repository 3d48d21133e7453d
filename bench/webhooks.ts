import { type Benchmark, type BenchmarkResult, choicesOption, countOption, type Table } from './benchmark.ts'
import { appendToDelivered, latencyTable } from './webhooks/append-to-delivered.ts'
import { compareDeliveries, deliveriesTable } from './webhooks/compare-deliveries.ts'
import { openFilling } from './webhooks/fill.ts'
import { publishesBeside, publishesTable } from './webhooks/publishes-beside.ts'
import { startReceiver } from './webhooks/receiver.ts'
import { QUEUES, type Queue, startWebhookSide } from './webhooks/webhook-side.ts'

const PARTS = ['deliveries', 'latency', 'publish'] as const

interface Plan {
  readonly parts: readonly (typeof PARTS)[number][]
  readonly queue: Queue
  readonly rounds: number
  readonly events: number
  readonly seconds: number
  readonly publishes: number
}

export const webhooksBenchmark: Benchmark = {
  summary:
    'webhooks: deliveries against the bare HTTP client, time from append to delivery, publishes beside subscriptions',
  options: {
    only: PARTS.join(','),
    queue: 'in-process',
    rounds: '5',
    events: '10000',
    seconds: '20',
    publishes: '600',
  },
  async run(options, progress) {
    const [queue = 'in-process'] = choicesOption(options, 'queue', QUEUES)
    const [rounds, events] = [countOption(options, 'rounds'), countOption(options, 'events')]
    const [seconds, publishes] = [countOption(options, 'seconds'), countOption(options, 'publishes')]
    const parts = choicesOption(options, 'only', PARTS)
    return await measure({ parts, queue, rounds, events, seconds, publishes }, progress)
  },
}

async function measure(plan: Plan, progress: (line: string) => void): Promise<BenchmarkResult> {
  const { parts, queue, rounds, events, seconds, publishes } = plan
  const stops: (() => Promise<void> | void)[] = []
  const started = async () => {
    const side = await startWebhookSide(queue)
    stops.push(() => side.stop())
    return side
  }
  const tables: Table[] = []
  const figures: Record<string, unknown> = { queue }
  try {
    progress(`Starting waybill, its queue ${queue === 'nats' ? 'on NATS' : 'in the process'} ...`)
    const receiver = await startReceiver()
    stops.push(() => receiver.stop())
    const side = await started()
    const filling = await openFilling(side)
    stops.push(() => filling.close())
    if (parts.includes('deliveries')) {
      progress('Delivering what waits ...')
      const deliveries = await compareDeliveries(side, filling, receiver, { events, rounds })
      tables.push(deliveriesTable(deliveries, rounds))
      figures['deliveries'] = deliveries
    }
    if (parts.includes('latency')) {
      progress('Delivering at an even pace ...')
      const latency = await appendToDelivered(side, filling, receiver, seconds)
      tables.push(latencyTable(latency))
      figures['latency'] = latency
    }
    if (parts.includes('publish')) {
      progress('Publishing with subscriptions and without ...')
      const publishing = await publishesBeside(side, await started(), receiver, { publishes, rounds })
      tables.push(publishesTable(publishing, rounds))
      figures['publish'] = publishing
    }
    return { tables, notes: [`The queue of jobs is ${queue === 'nats' ? 'on NATS' : 'in the process'}.`], figures }
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
}

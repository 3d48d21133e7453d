import { type Benchmark, type BenchmarkResult, choicesOption, countOption, type Table } from './benchmark.ts'
import { appendToDelivered, latencyTable } from './webhooks/append-to-delivered.ts'
import { compareDeliveries, deliveriesTable } from './webhooks/compare-deliveries.ts'
import { openFilling } from './webhooks/fill.ts'
import { publishesBeside, publishesTable } from './webhooks/publishes-beside.ts'
import { type Receiver, startReceiver } from './webhooks/receiver.ts'
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
  const { parts, queue } = plan
  const receiver = await startReceiver()
  try {
    const delivered = parts.some((part) => part !== 'publish') ? await measureDeliveries(plan, receiver, progress) : []
    const published = parts.includes('publish') ? [await measurePublishes(plan, receiver, progress)] : []
    const measured = [...delivered, ...published]
    return {
      tables: measured.map(({ table }) => table),
      notes: [`The queue of jobs is ${queue === 'nats' ? 'on NATS' : 'in the process'}.`],
      figures: { queue, ...Object.fromEntries(measured.map(({ part, figures }) => [part, figures])) },
    }
  } finally {
    receiver.stop()
  }
}

interface Measured {
  readonly part: (typeof PARTS)[number]
  readonly figures: unknown
  readonly table: Table
}

/** What is appended beside Waybill: its deliveries by themselves, and their delay. */
async function measureDeliveries(
  plan: Plan,
  receiver: Receiver,
  progress: (line: string) => void,
): Promise<Measured[]> {
  const { parts, events, rounds, seconds } = plan
  const measured: Measured[] = []
  progress('Starting waybill ...')
  const side = await startWebhookSide(plan.queue)
  try {
    const filling = await openFilling(side)
    try {
      if (parts.includes('deliveries')) {
        progress('Delivering what waits ...')
        const figures = await compareDeliveries(side, filling, receiver, { events, rounds })
        measured.push({ part: 'deliveries', figures, table: deliveriesTable(figures, rounds) })
      }
      if (parts.includes('latency')) {
        progress('Delivering at an even pace ...')
        const figures = await appendToDelivered(side, filling, receiver, seconds)
        measured.push({ part: 'latency', figures, table: latencyTable(figures) })
      }
    } finally {
      await filling.close()
    }
  } finally {
    await side.stop()
  }
  return measured
}

/** Each side is a new Waybill: one that has delivered before has more to look through and to tidy up. */
async function measurePublishes(plan: Plan, receiver: Receiver, progress: (line: string) => void): Promise<Measured> {
  const { publishes, rounds } = plan
  progress('Starting waybill twice ...')
  const side = await startWebhookSide(plan.queue)
  try {
    const bare = await startWebhookSide(plan.queue)
    try {
      progress('Publishing with subscriptions and without ...')
      const figures = await publishesBeside(side, bare, receiver, { publishes, rounds })
      return { part: 'publish', figures, table: publishesTable(figures, rounds) }
    } finally {
      await bare.stop()
    }
  } finally {
    await side.stop()
  }
}

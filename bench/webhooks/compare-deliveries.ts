import { setTimeout as delay } from 'node:timers/promises'
import type { Table } from '../benchmark.ts'
import { figure } from '../format-table.ts'
import { median } from '../load/load-figures.ts'
import type { Filling } from './fill.ts'
import { postAgain } from './plain-posts.ts'
import type { Receiver } from './receiver.ts'
import type { WebhookSide } from './webhook-side.ts'

const TARGET = 0.5
/** As many as Waybill has under way with one receiver: `workers/lane-gate.ts`, `platform/outbound/outbound.ts`. */
const IN_FLIGHT = 16

export interface DeliveryComparison {
  readonly events: number
  readonly bodyBytes: number
  readonly inFlight: number
  readonly deliveriesPerSecond: number
  readonly postsPerSecond: number
  /** Of the medians; and of the single rounds. */
  readonly ratio: number
  readonly lowest: number
  readonly highest: number
  /** Processor time of Waybill and its Postgres for each delivery. */
  readonly cpuMicrosPerDelivery: number
  readonly target: number
}

interface Round {
  readonly deliveries: number
  readonly posts: number
  readonly cpuMicros: number
}

/**
 * The deliveries of one webhook that stood still while `events` happened, most of them in streams of their own: from the command
 * that lets it go on until the receiver has the last one. Against the same requests posted again by the HTTP client alone, as
 * many at a time.
 */
export async function compareDeliveries(
  side: WebhookSide,
  filling: Filling,
  receiver: Receiver,
  { events, rounds }: { readonly events: number; readonly rounds: number },
): Promise<DeliveryComparison> {
  const { id } = await side.command('CreateWebhook', {
    name: 'deliveries',
    scope: 'main',
    events: ['Package*', 'Tag*', 'File*'],
    url: receiver.url,
    active: false,
  })
  let bodyBytes = 0

  const round = async (): Promise<Round> => {
    await receiver.forget()
    await filling.fill(events)
    await decided(side, events)
    const before = await side.usage()
    const began = performance.timeOrigin + performance.now()
    await side.command('UpdateWebhook', { id, active: true })
    const { lastAt } = await receiver.reached(events)
    const after = await side.usage()
    await side.command('UpdateWebhook', { id, active: false })
    const { posts, seconds, bytes } = await postAgain(receiver, IN_FLIGHT)
    bodyBytes = Math.round(bytes / posts)
    return {
      deliveries: (events / (lastAt - began)) * 1000,
      posts: posts / seconds,
      cpuMicros: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / events,
    }
  }

  try {
    await round()
    const results: Round[] = []
    for (let n = 0; n < rounds; n++) results.push(await round())
    const deliveriesPerSecond = median(results.map(({ deliveries }) => deliveries))
    const postsPerSecond = median(results.map(({ posts }) => posts))
    const single = results.map(({ deliveries, posts }) => deliveries / posts)
    return {
      events,
      bodyBytes,
      inFlight: IN_FLIGHT,
      deliveriesPerSecond,
      postsPerSecond,
      ratio: deliveriesPerSecond / postsPerSecond,
      lowest: Math.min(...single),
      highest: Math.max(...single),
      cpuMicrosPerDelivery: median(results.map(({ cpuMicros }) => cpuMicros)),
      target: TARGET,
    }
  } finally {
    await side.command('DeleteWebhook', { id })
  }
}

const WITHIN_MS = 60_000

/** Until the jobs that follow from all events are pending and the read models have them: that work is not what is measured. */
const decided = async (side: WebhookSide, pending: number): Promise<void> => {
  const { origin } = new URL(side.url)
  const deadline = performance.now() + WITHIN_MS
  for (;;) {
    const response = await fetch(`${origin}/metrics`)
    const text = await response.text()
    const [, waits] = /^waybill_jobs_pending\{kind="webhook"\} (\d+)$/m.exec(text) ?? []
    const readable = /^waybill_read_models_behind 0$/m.test(text)
    if (Number(waits) >= pending && readable) return
    if (performance.now() > deadline) throw new Error(`${waits ?? 0} of ${pending} deliveries are pending.`)
    await delay(100)
  }
}

export const deliveriesTable = (one: DeliveryComparison, rounds: number): Table => ({
  title: `${one.events} deliveries to one receiver, bodies of ${one.bodyBytes} bytes, ${one.inFlight} in flight, ${rounds} rounds in turn, medians`,
  columns: ['what', 'deliveries/s', 'plain posts/s', 'ratio (of rounds)', 'CPU us a delivery', 'target'],
  rows: [
    [
      'a webhook that goes on',
      figure(one.deliveriesPerSecond),
      figure(one.postsPerSecond),
      `${figure(one.ratio)}x (${figure(one.lowest)}-${figure(one.highest)})`,
      figure(one.cpuMicrosPerDelivery),
      `>= ${one.target}x`,
    ],
  ],
})

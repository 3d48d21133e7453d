import { setTimeout as delay } from 'node:timers/promises'
import type { Table } from '../benchmark.ts'
import { figure } from '../format-table.ts'
import { percentile } from '../load/load-figures.ts'
import type { Filling } from './fill.ts'
import type { Receiver } from './receiver.ts'
import type { WebhookSide } from './webhook-side.ts'

export const EVENTS_PER_SECOND = 200
const TARGET = 8
/** Files whose properties are set in turn: each of them once a second. */
const FILES = 200
/** Durable appends beside the load, by an event store of the benchmark's own. */
const PROBES_PER_SECOND = 20

export interface DeliveryLatency {
  readonly events: number
  readonly appendP50Ms: number
  readonly appendP99Ms: number
  readonly deliveredP50Ms: number
  readonly deliveredP99Ms: number
  /** Of the p50s. */
  readonly ratio: number
  readonly target: number
}

/**
 * Commands at an even pace, each of which appends one event: from the beginning of its append, as the event has it (to the
 * millisecond), until a receiver has the whole request. Against the time of durable appends to the same log meanwhile.
 */
export async function appendToDelivered(
  side: WebhookSide,
  filling: Filling,
  receiver: Receiver,
  seconds: number,
): Promise<DeliveryLatency> {
  for (let n = 0; n < FILES; n++) await storeFile(side, n)
  const { id } = await side.command('CreateWebhook', {
    name: 'latency',
    scope: 'main/generic',
    events: ['File*'],
    url: receiver.url,
  })
  await paced(EVENTS_PER_SECOND, EVENTS_PER_SECOND * 2, (n) => setProperties(side, n))
  await receiver.reached(EVENTS_PER_SECOND * 2)
  await receiver.forget()

  const appends: number[] = []
  const count = EVENTS_PER_SECOND * seconds
  await Promise.all([
    paced(PROBES_PER_SECOND, PROBES_PER_SECOND * seconds, async () => {
      const began = performance.now()
      await filling.fill(1)
      appends.push(performance.now() - began)
    }),
    paced(EVENTS_PER_SECOND, count, (n) => setProperties(side, n)),
  ])
  await receiver.reached(count)
  const waits = (await receiver.arrivals()).map(({ happenedAt, at }) => at - happenedAt)
  await side.command('DeleteWebhook', { id })
  const [appendP50Ms, deliveredP50Ms] = [percentile(appends, 0.5), percentile(waits, 0.5)]
  return {
    events: count,
    appendP50Ms,
    appendP99Ms: percentile(appends, 0.99),
    deliveredP50Ms,
    deliveredP99Ms: percentile(waits, 0.99),
    ratio: deliveredP50Ms / appendP50Ms,
    target: TARGET,
  }
}

const paced = async (perSecond: number, count: number, call: (n: number) => Promise<unknown>): Promise<void> => {
  const start = performance.now()
  const running: Promise<unknown>[] = []
  for (let n = 0; n < count; n++) {
    const wait = start + (n * 1000) / perSecond - performance.now()
    if (wait >= 1) await delay(wait)
    running.push(call(n))
  }
  await Promise.all(running)
}

const pathOf = (n: number): string => `latency/${n % FILES}.txt`

const storeFile = async (side: WebhookSide, n: number): Promise<void> => {
  const { origin } = new URL(side.url)
  const response = await fetch(`${origin}/generic/main/generic/${pathOf(n)}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${side.token}` },
    body: `file ${n}`,
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`PUT of a file answered ${response.status}: ${text.slice(0, 300)}`)
}

const setProperties = (side: WebhookSide, n: number): Promise<unknown> =>
  side.command('SetFileProperties', {
    project: 'main',
    repository: 'generic',
    path: pathOf(n),
    properties: { build: String(n), branch: 'main' },
  })

export const latencyTable = (one: DeliveryLatency): Table => ({
  title: `${one.events} events at ${EVENTS_PER_SECOND}/s, each delivered to one receiver`,
  columns: ['from the beginning of an append', 'p50 ms', 'p99 ms', 'p50 over append', 'target'],
  rows: [
    ['until it is durable', figure(one.appendP50Ms), figure(one.appendP99Ms), '', ''],
    [
      'until the receiver has the event',
      figure(one.deliveredP50Ms),
      figure(one.deliveredP99Ms),
      `${figure(one.ratio)}x`,
      `<= ${one.target}x`,
    ],
  ],
})

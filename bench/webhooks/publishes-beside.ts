import type { Table } from '../benchmark.ts'
import { figure } from '../format-table.ts'
import { alternate } from '../load/alternate.ts'
import type { LoadFigures } from '../load/load-figures.ts'
import { runRequestStream } from '../load/run-request-stream.ts'
import { untilQuiet } from '../load/until-quiet.ts'
import { mediansOfSide, withServerCost, type SideFigures } from '../load/side-figures.ts'
import { sideRatio, type SideRatio } from '../load/side-ratio.ts'
import { median } from '../load/load-figures.ts'
import { PUBLISH_TARBALL_BYTES } from '../npm/compare-publishes.ts'
import type { RegistrySide } from '../peers/registry-side.ts'
import type { Receiver } from './receiver.ts'
import type { WebhookSide } from './webhook-side.ts'

const SUBSCRIPTIONS = 10
const CONNECTIONS = 16
const TARGET = 0.9

export interface PublishesBeside {
  readonly subscriptions: number
  readonly connections: number
  readonly publishes: number
  readonly tarballBytes: number
  readonly withWebhooks: SideFigures
  readonly without: SideFigures
  readonly ratio?: SideRatio
  /** Of a round: from its last answer until the receiver had everything. */
  readonly deliveredAfterMs: number
  readonly target: number
}

/**
 * Publishes of new packages at a Waybill whose every publish is delivered `SUBSCRIPTIONS` times, and at one without webhooks. A
 * round begins when everything of the last one was delivered and its Waybill is quiet: what it does after the last answer takes no
 * publish's time.
 */
export async function publishesBeside(
  side: WebhookSide,
  bare: RegistrySide,
  receiver: Receiver,
  { publishes, rounds }: { readonly publishes: number; readonly rounds: number },
): Promise<PublishesBeside> {
  for (let n = 0; n < SUBSCRIPTIONS; n++) {
    await side.command('CreateWebhook', {
      name: `publishes ${n}`,
      scope: 'main/npm',
      events: ['PackageVersionPublished'],
      url: receiver.url,
    })
  }
  const lateness: number[] = []
  const publish = (at: RegistrySide, prefix: string, requests: number): Promise<LoadFigures> => {
    const { url: registry, token } = at
    const load = { connections: CONNECTIONS, requests, registry, token, prefix, tarballBytes: PUBLISH_TARBALL_BYTES }
    return runRequestStream({ kind: 'publish', ...load })
  }
  const round = async (at: RegistrySide, prefix: string, requests: number): Promise<SideFigures> => {
    await receiver.forget()
    const figures = await withServerCost(at, () => publish(at, prefix, requests))
    const ended = performance.timeOrigin + performance.now()
    if (at === side) lateness.push((await receiver.reached(requests * SUBSCRIPTIONS)).lastAt - ended)
    await untilQuiet(at)
    return figures
  }
  const sides = [side, bare]
  for (const one of sides) await round(one, 'bench-warm', Math.ceil(publishes / 4))
  lateness.length = 0
  const results = await alternate(sides, rounds, (one, n) => round(one, `bench-new-${n}`, publishes))
  const [withWebhooks, without] = sides.map((one, n) => mediansOfSide(one, 'publish', results[n] ?? []))
  if (withWebhooks === undefined || without === undefined) throw new Error('a side has no figures')
  const ratio = sideRatio(results)
  return {
    subscriptions: SUBSCRIPTIONS,
    connections: CONNECTIONS,
    publishes,
    tarballBytes: PUBLISH_TARBALL_BYTES,
    withWebhooks,
    without,
    ...(ratio === undefined ? {} : { ratio }),
    deliveredAfterMs: median(lateness),
    target: TARGET,
  }
}

export const publishesTable = (one: PublishesBeside, rounds: number): Table => ({
  title: `Publish: ${one.publishes} new packages a round, tarballs of ${one.tarballBytes} bytes, ${one.connections} at a time, ${rounds} rounds in turn, medians`,
  columns: [
    'subscriptions',
    'publishes/s',
    'p50 | p99 ms',
    'CPU us',
    'ratio (of rounds)',
    'target',
    'all delivered after ms',
  ],
  rows: [
    ['none', ...cellsOf(one.without), '', '', ''],
    [
      `${one.subscriptions}, one receiver`,
      ...cellsOf(one.withWebhooks),
      one.ratio === undefined
        ? ''
        : `${figure(one.ratio.ratio)}x (${figure(one.ratio.lowest)}-${figure(one.ratio.highest)})`,
      `>= ${one.target}x`,
      figure(one.deliveredAfterMs),
    ],
  ],
})

const cellsOf = ({ requestsPerSecond, p50Ms, p99Ms, cpuMicrosPerRequest }: SideFigures): string[] => [
  figure(requestsPerSecond),
  `${figure(p50Ms)} | ${figure(p99Ms)}`,
  figure(cpuMicrosPerRequest),
]

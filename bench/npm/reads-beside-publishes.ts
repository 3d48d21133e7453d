import type { Table } from '../benchmark.ts'
import { figure } from '../format-table.ts'
import { median } from '../load/load-figures.ts'
import { runRequestStream } from '../load/run-request-stream.ts'
import type { RegistrySide } from '../peers/registry-side.ts'
import { PUBLISH_TARBALL_BYTES } from './compare-publishes.ts'
import { SMALL } from './get-measures.ts'

export const READS_PER_SECOND = 200
export const PUBLISHES_PER_SECOND = 50
const TARGET = 4

/** The tail of a packument GET on one registry, without and with publishes going on; medians of the rounds. */
export interface ReadsBesidePublishes {
  readonly side: string
  readonly aloneP99Ms: number
  readonly besideP99Ms: number
  readonly ratio: number
  readonly target: number
  /** Publishes per second that were answered, and their p99: a registry that starves them has not passed. */
  readonly publishesPerSecond: number
  readonly publishP99Ms: number
}

/** Reads at an even pace, far below what the registry can do: saturation would measure the queue of the load generator instead. */
export async function readsBesidePublishes(
  side: RegistrySide,
  rounds: number,
  seconds: number,
): Promise<ReadsBesidePublishes> {
  const { url: registry, token } = side
  const common = { connections: 16, registry, token }
  const path = `/${SMALL.name}`
  const reads = () =>
    runRequestStream({
      ...common,
      kind: 'get',
      path,
      perSecond: READS_PER_SECOND,
      requests: READS_PER_SECOND * seconds,
    })
  const publishes = (n: number) =>
    runRequestStream({
      ...common,
      kind: 'publish',
      prefix: `bench-beside-${n}`,
      tarballBytes: PUBLISH_TARBALL_BYTES,
      perSecond: PUBLISHES_PER_SECOND,
      requests: PUBLISHES_PER_SECOND * seconds,
    })
  const results = []
  for (let n = 0; n < rounds; n++) {
    const alone = await reads()
    const [beside, published] = await Promise.all([reads(), publishes(n)])
    results.push({ alone, beside, published })
  }
  const aloneP99Ms = median(results.map(({ alone }) => alone.p99Ms))
  const besideP99Ms = median(results.map(({ beside }) => beside.p99Ms))
  return {
    side: side.name,
    aloneP99Ms,
    besideP99Ms,
    ratio: besideP99Ms / aloneP99Ms,
    target: TARGET,
    publishesPerSecond: median(results.map(({ published }) => published.requestsPerSecond)),
    publishP99Ms: median(results.map(({ published }) => published.p99Ms)),
  }
}

export function besideTable(title: string, results: readonly ReadsBesidePublishes[]): Table {
  const rows = results.map((result, n) => [
    result.side,
    figure(result.aloneP99Ms),
    figure(result.besideP99Ms),
    `${figure(result.ratio)}x`,
    n === 0 ? `<= ${result.target}x` : '',
    figure(result.publishesPerSecond),
    figure(result.publishP99Ms),
  ])
  const columns = [
    'registry',
    'GET p99 alone ms',
    'GET p99 beside ms',
    'ratio',
    'target',
    'publishes/s',
    'publish p99 ms',
  ]
  return { title, columns, rows }
}

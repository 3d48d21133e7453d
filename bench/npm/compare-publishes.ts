import type { Table } from '../benchmark.ts'
import { figure } from '../format-table.ts'
import { alternate } from '../load/alternate.ts'
import { medianOfRounds, type LoadFigures } from '../load/load-figures.ts'
import { ratioCell, sideRatio, type SideRatio } from '../load/side-ratio.ts'
import { runRequestStream } from '../load/run-request-stream.ts'
import type { RegistrySide } from '../peers/registry-side.ts'

export const PUBLISH_TARBALL_BYTES = 20_000
const TARGET = 2

export interface PublishComparison {
  readonly connections: number
  readonly sides: readonly LoadFigures[]
  readonly ratio?: SideRatio
  readonly target: number
}

/** Publishes `publishes` new packages a round, `connections` at a time; each round has names of its own. */
export async function comparePublishes(
  sides: readonly RegistrySide[],
  connections: number,
  rounds: number,
  publishes: number,
): Promise<PublishComparison> {
  const publish = (side: RegistrySide, prefix: string, requests: number): Promise<LoadFigures> =>
    runRequestStream({
      kind: 'publish',
      connections,
      requests,
      registry: side.url,
      token: side.token,
      prefix,
      tarballBytes: PUBLISH_TARBALL_BYTES,
    })
  for (const side of sides) await publish(side, `bench-warm-${connections}`, Math.ceil(publishes / 4))
  const results = await alternate(sides, rounds, (side, n) => publish(side, `bench-new-${connections}-${n}`, publishes))
  const medians = results.map(medianOfRounds)
  const ratio = sideRatio(results)
  return { connections, sides: medians, ...(ratio === undefined ? {} : { ratio }), target: TARGET }
}

export function publishTable(
  title: string,
  sides: readonly RegistrySide[],
  comparisons: readonly PublishComparison[],
): Table {
  const rows = comparisons.map((comparison) => [
    `new packages, ${comparison.connections} at a time`,
    ...comparison.sides.flatMap((side) => [
      figure(side.requestsPerSecond),
      `${figure(side.p50Ms)} | ${figure(side.p99Ms)}`,
    ]),
    ratioCell(comparison.ratio),
    `>= ${comparison.target}x`,
  ])
  const sideColumns = sides.flatMap(({ name }) => [`${name} /s`, 'p50 | p99 ms'])
  return { title, columns: ['publish', ...sideColumns, 'ratio (of rounds)', 'target'], rows }
}

import type { Table } from '../benchmark.ts'
import { alternate } from '../load/alternate.ts'
import type { LoadFigures } from '../load/load-figures.ts'
import { mediansOfSide, sideCells, sideColumns, withServerCost, type SideFigures } from '../load/side-figures.ts'
import { RATIO_COLUMNS, ratioCells, sideRatio, type SideRatio } from '../load/side-ratio.ts'
import { runRequestStream } from '../load/run-request-stream.ts'
import { untilQuiet } from '../load/until-quiet.ts'
import type { RegistrySide } from '../peers/registry-side.ts'

export const PUBLISH_TARBALL_BYTES = 20_000
const TARGET = 2

export interface PublishComparison {
  readonly connections: number
  readonly sides: readonly SideFigures[]
  readonly ratio?: SideRatio
  readonly target: number
}

/**
 * Publishes `publishes` new packages a round, `connections` at a time; each round has names of its own, and begins when the side
 * before is quiet.
 */
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
  const round = async (side: RegistrySide, prefix: string, requests: number): Promise<SideFigures> => {
    const figures = await withServerCost(side, () => publish(side, prefix, requests))
    await untilQuiet(side)
    return figures
  }
  for (const side of sides) await round(side, `bench-warm-${connections}`, Math.ceil(publishes / 4))
  const results = await alternate(sides, rounds, (side, n) => round(side, `bench-new-${connections}-${n}`, publishes))
  const medians = sides.map((side, n) => mediansOfSide(side, 'publish', results[n] ?? []))
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
    ...comparison.sides.flatMap(sideCells),
    ...ratioCells(comparison.ratio),
    `>= ${comparison.target}x`,
  ])
  return { title, columns: ['publish', ...sides.flatMap(sideColumns), ...RATIO_COLUMNS, 'target'], rows }
}

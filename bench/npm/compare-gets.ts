import type { Table } from '../benchmark.ts'
import { byteSize } from '../format-table.ts'
import { alternate } from '../load/alternate.ts'
import type { ClosedLoopGets } from '../load/closed-loop-gets.ts'
import { mediansOfSide, sideCells, sideColumns, withServerCost, type SideFigures } from '../load/side-figures.ts'
import { RATIO_COLUMNS, ratioCells, sideRatio, type SideRatio } from '../load/side-ratio.ts'
import type { RegistrySide } from '../peers/registry-side.ts'
import { checkedTarget, type CheckedTarget } from './checked-target.ts'
import type { GetMeasure } from './get-measures.ts'

export interface GetComparison {
  readonly what: string
  readonly wireBytes: readonly number[]
  /** Medians, in the order of the sides: ours first. */
  readonly sides: readonly SideFigures[]
  readonly ratio?: SideRatio
  readonly target?: number
}

export interface GetSettings {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  /** Whether requests carry the side's token. */
  readonly signedIn: boolean
}

const WARM_UP_SECONDS = 1

/** One measure at all sides, in alternating rounds after a warm-up that is not counted. */
export async function compareGets(
  sides: readonly RegistrySide[],
  measure: GetMeasure,
  gets: ClosedLoopGets,
  settings: GetSettings,
): Promise<GetComparison> {
  const { rounds, connections, signedIn } = settings
  const targets = await Promise.all(
    sides.map(async (side) => ({
      side,
      target: await checkedTarget(side, measure, signedIn ? side.token : undefined),
    })),
  )
  for (const { target } of targets) await gets.round(target, connections, WARM_UP_SECONDS)
  const results = await alternate(targets, rounds, ({ side, target }) =>
    withServerCost(side, () => gets.round(target, connections, roundSeconds(target, settings))),
  )
  const medians = targets.map(({ side }, n) => mediansOfSide(side, measure.what, results[n] ?? []))
  const ratio = sideRatio(results)
  const wireBytes = targets.map(({ target }) => target.wireBytes)
  return {
    what: measure.what,
    wireBytes,
    sides: medians,
    ...(ratio === undefined ? {} : { ratio }),
    ...(measure.target === undefined ? {} : { target: measure.target }),
  }
}

/** At least long enough for every connection to be answered twice, by a server that answers one after the other. */
function roundSeconds(target: CheckedTarget, { seconds, connections }: GetSettings): number {
  return Math.max(seconds, Math.ceil(2 * connections * target.answerSeconds))
}

export function getTable(title: string, sides: readonly RegistrySide[], comparisons: readonly GetComparison[]): Table {
  const rows = comparisons.map((comparison) => [
    comparison.what,
    comparison.wireBytes.map(byteSize).join(' | '),
    ...comparison.sides.flatMap(sideCells),
    ...ratioCells(comparison.ratio),
    comparison.target === undefined ? '' : `>= ${comparison.target}x`,
  ])
  return { title, columns: ['GET', 'body', ...sides.flatMap(sideColumns), ...RATIO_COLUMNS, 'target'], rows }
}

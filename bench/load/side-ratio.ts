import { figure } from '../format-table.ts'
import { median, type LoadFigures } from './load-figures.ts'

/** Requests per second of the first side over those of the second. */
export interface SideRatio {
  /** Of the medians. */
  readonly ratio: number
  /** Of the single rounds that ran one after the other: how far the machine's other work moved it. */
  readonly lowest: number
  readonly highest: number
}

/** Undefined when fewer than two sides were run. */
export function sideRatio(sides: readonly (readonly LoadFigures[])[]): SideRatio | undefined {
  const [ours, peers] = sides.map((rounds) => rounds.map((round) => round.requestsPerSecond))
  if (ours === undefined || peers === undefined) return undefined
  const single = ours.map((rate, n) => rate / (peers[n] ?? Number.NaN))
  return { ratio: median(ours) / median(peers), lowest: Math.min(...single), highest: Math.max(...single) }
}

/** `16.2x (14.1-18.0)`. */
export function ratioCell(ratio: SideRatio | undefined): string {
  if (ratio === undefined) return '-'
  return `${figure(ratio.ratio)}x (${figure(ratio.lowest)}-${figure(ratio.highest)})`
}

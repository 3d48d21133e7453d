import { figure } from '../format-table.ts'
import { median } from './load-figures.ts'
import type { SideFigures } from './side-figures.ts'

/** Requests per second of the first side over those of the second. */
export interface SideRatio {
  /** Of the medians. */
  readonly ratio: number
  /** Of the single rounds that ran one after the other: how far the machine's other work moved it. */
  readonly lowest: number
  readonly highest: number
  /** Processor time per request of the second side over that of the first. */
  readonly cpu: number
}

/** Undefined when fewer than two sides were run. */
export function sideRatio(sides: readonly (readonly SideFigures[])[]): SideRatio | undefined {
  const [ours, peers] = sides
  if (ours === undefined || peers === undefined) return undefined
  const rate = (round: SideFigures): number => round.requestsPerSecond
  const cost = (round: SideFigures): number => round.cpuMicrosPerRequest
  const single = ours.map((round, n) => round.requestsPerSecond / (peers[n]?.requestsPerSecond ?? Number.NaN))
  return {
    ratio: median(ours.map(rate)) / median(peers.map(rate)),
    lowest: Math.min(...single),
    highest: Math.max(...single),
    cpu: median(peers.map(cost)) / median(ours.map(cost)),
  }
}

export const RATIO_COLUMNS = ['ratio (of rounds)', 'CPU ratio']

/** The cells below `RATIO_COLUMNS`: `16.2x (14.1-18.0)`, `17.3x`. */
export function ratioCells(ratio: SideRatio | undefined): string[] {
  if (ratio === undefined) return ['-', '-']
  return [`${figure(ratio.ratio)}x (${figure(ratio.lowest)}-${figure(ratio.highest)})`, `${figure(ratio.cpu)}x`]
}

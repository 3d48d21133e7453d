import { figure } from '../format-table.ts'
import type { RegistrySide } from '../peers/registry-side.ts'
import { median, medianOfRounds, type LoadFigures } from './load-figures.ts'

/** What a round of load saw, and what it cost the server. */
export interface SideFigures extends LoadFigures {
  /**
   * Processor time of the server and its children per request, microseconds, with whatever else it does meanwhile. Other
   * work on the machine moves it less than it moves requests per second.
   */
  readonly cpuMicrosPerRequest: number
}

/** Runs a round of load and takes the server's processor time before and after. */
export async function withServerCost(side: RegistrySide, round: () => Promise<LoadFigures>): Promise<SideFigures> {
  const before = await side.usage()
  const seen = await round()
  const after = await side.usage()
  return { ...seen, cpuMicrosPerRequest: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / seen.requests }
}

/** Figure by figure the median of the rounds. Throws when a request failed: such a comparison is worthless. */
export function mediansOfSide(side: RegistrySide, what: string, rounds: readonly SideFigures[]): SideFigures {
  const medians = medianOfRounds(rounds)
  if (medians.failures > 0) throw new Error(`${side.name}: ${medians.failures} requests failed in "${what}".`)
  return { ...medians, cpuMicrosPerRequest: median(rounds.map((round) => round.cpuMicrosPerRequest)) }
}

export function sideColumns(side: RegistrySide): string[] {
  return [`${side.name} req/s`, 'p50 | p99 ms', 'CPU us']
}

/** The cells below `sideColumns`. */
export function sideCells(figures: SideFigures): string[] {
  const { requestsPerSecond, p50Ms, p99Ms, cpuMicrosPerRequest } = figures
  return [figure(requestsPerSecond), `${figure(p50Ms)} | ${figure(p99Ms)}`, figure(cpuMicrosPerRequest)]
}

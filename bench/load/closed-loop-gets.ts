import { autocannonRound } from './autocannon.ts'
import type { GetTarget, LoadFigures } from './load-figures.ts'
import { wrkIsInstalled, wrkRound } from './wrk.ts'

/** Sends GETs from `connections` connections for `seconds`, each the moment the last was answered. */
export interface ClosedLoopGets {
  readonly generator: 'wrk' | 'autocannon'
  round(target: GetTarget, connections: number, seconds: number): Promise<LoadFigures>
}

/** wrk where it is installed, since it costs the machine least; else autocannon, and how to get wrk is said. */
export async function chooseClosedLoopGets(say: (line: string) => void): Promise<ClosedLoopGets> {
  if (await wrkIsInstalled()) return { generator: 'wrk', round: wrkRound }
  say('wrk is not installed (Debian: apt-get install wrk; macOS: brew install wrk). autocannon takes its place; it is')
  say('itself the limit above some 15,000 requests/s, so ratios come out smaller than they are.')
  return { generator: 'autocannon', round: autocannonRound }
}

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GetTarget, LoadFigures } from './load-figures.ts'

const run = promisify(execFile)
const REPORT = join(import.meta.dirname, 'wrk-report.lua')

interface WrkReport {
  readonly requests: number
  readonly durationUs: number
  readonly failures: number
  readonly p50Us: number
  readonly p99Us: number
}

export async function wrkIsInstalled(): Promise<boolean> {
  try {
    await run('wrk', ['-v'])
    return true
  } catch (error) {
    // `wrk -v` prints its version and exits 1; only a missing program is an answer of no.
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT')
  }
}

/** GETs in a closed loop by wrk, one thread, so that a server of one core has the other core to itself. */
export async function wrkRound(target: GetTarget, connections: number, seconds: number): Promise<LoadFigures> {
  const headers = Object.entries(target.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', REPORT, ...headers, target.url]
  const { stdout } = await run('wrk', args)
  const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as WrkReport
  return {
    requests: report.requests,
    requestsPerSecond: report.requests / (report.durationUs / 1e6),
    p50Ms: report.p50Us / 1e3,
    p99Ms: report.p99Us / 1e3,
    failures: report.failures,
  }
}

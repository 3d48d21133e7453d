import { execFile } from 'node:child_process'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GetTarget, LoadFigures } from './load-figures.ts'

const run = promisify(execFile)

interface AutocannonReport {
  readonly requests: { readonly total: number }
  readonly duration: number
  readonly latency: { readonly p50: number; readonly p99: number }
  readonly errors: number
  readonly '4xx': number
  readonly '5xx': number
}

/** GETs in a closed loop by autocannon; its latencies are whole milliseconds, and it is itself the limit above some 15,000 requests/s. */
export async function autocannonRound(target: GetTarget, connections: number, seconds: number): Promise<LoadFigures> {
  const program = await installedAutocannon()
  const headers = Object.entries(target.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const args = [program, '-c', String(connections), '-d', String(seconds), '-j', '-n', ...headers, target.url]
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
  const report = JSON.parse(stdout) as AutocannonReport
  return {
    requests: report.requests.total,
    requestsPerSecond: report.requests.total / report.duration,
    p50Ms: report.latency.p50,
    p99Ms: report.latency.p99,
    failures: report.errors + report['4xx'] + report['5xx'],
  }
}

async function installedAutocannon(): Promise<string> {
  const folder = join(tmpdir(), 'waybill-bench', 'autocannon-8')
  const program = join(folder, 'node_modules/autocannon/autocannon.js')
  try {
    await access(program)
  } catch {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: { autocannon: '8' } }))
    await run('npm', ['install', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd: folder })
  }
  return program
}

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LoadFigures } from './load-figures.ts'
import type { RequestStream, RequestStreamReport } from './request-stream.ts'

const run = promisify(execFile)

/** Runs the stream in a process of its own until its last answer. Throws with the first refusal when there was one. */
export async function runRequestStream(stream: RequestStream): Promise<LoadFigures> {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, 'request-process.ts'),
    JSON.stringify(stream),
  ])
  const report = JSON.parse(stdout) as RequestStreamReport
  if (report.firstFailure !== undefined) {
    throw new Error(`${report.failures} of ${stream.requests} requests failed; the first: ${report.firstFailure}`)
  }
  return {
    requests: report.answered,
    requestsPerSecond: report.answered / report.seconds,
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
    failures: report.failures,
  }
}

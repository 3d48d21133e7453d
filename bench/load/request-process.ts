// Runs as a process of its own: a load generator that shares an event loop with anything else measures that too.
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { publishRequest } from '../samples/sample-package.ts'
import { percentile } from './load-figures.ts'
import type { RequestStream, RequestStreamReport } from './request-stream.ts'

interface Prepared {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

const stream = JSON.parse(process.argv[2] ?? '') as RequestStream
const registry = new URL(stream.registry)
const root = registry.pathname.replace(/\/$/, '')
const agent = new Agent({ keepAlive: true, maxSockets: stream.connections, scheduling: 'fifo' })
const latencies: number[] = []
const failures: string[] = []

function prepare(n: number): Prepared {
  const headers = { authorization: `Bearer ${stream.token}`, ...stream.headers }
  if (stream.kind === 'get') return { method: 'GET', path: `${root}${stream.path ?? '/'}`, headers }
  const sample = { name: `${stream.prefix ?? 'bench'}-${n}`, versions: 1, tarballBytes: stream.tarballBytes ?? 20_000 }
  const { name, body } = publishRequest(sample, 0, stream.registry)
  const path = `${root}/${name}`
  const length = String(body.length)
  return {
    method: 'PUT',
    path,
    body,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': length },
  }
}

interface Answered {
  readonly status: number
  /** The beginning of what a refusal says; of other answers nothing. */
  readonly said: string
}

const MOST_SAID = 300

/** Resolves when the whole answer was read. */
function send(prepared: Prepared): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body } = prepared
    const outgoing = request(
      { agent, host: registry.hostname, port: registry.port, method, path, headers },
      (answer) => {
        const status = answer.statusCode ?? 0
        let said = ''
        answer.on('error', reject)
        answer.on('end', () => resolve({ status, said }))
        if (status < 400) answer.resume()
        else answer.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, MOST_SAID)))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function timed(prepared: Prepared, due: number): Promise<void> {
  try {
    const { status, said } = await send(prepared)
    if (status >= 400) failures.push(`${prepared.method} ${prepared.path} answered ${status}: ${said}`)
    else latencies.push(performance.now() - due)
  } catch (error) {
    failures.push(`${prepared.method} ${prepared.path}: ${String(error)}`)
  }
}

async function closedLoop(all: readonly Prepared[]): Promise<void> {
  let next = 0
  const connection = async (): Promise<void> => {
    for (let prepared = all[next++]; prepared !== undefined; prepared = all[next++]) {
      await timed(prepared, performance.now())
    }
  }
  await Promise.all(Array.from({ length: stream.connections }, connection))
}

async function paced(all: readonly Prepared[], perSecond: number): Promise<void> {
  const start = performance.now()
  const running: Promise<void>[] = []
  for (const [n, prepared] of all.entries()) {
    const wait = start + (n * 1000) / perSecond - performance.now()
    // Timers have a millisecond's grain, so requests that are due within it go now and count from now.
    if (wait >= 1) await delay(wait)
    running.push(timed(prepared, performance.now()))
  }
  await Promise.all(running)
}

// Bodies are made before the clock starts.
const prepared = Array.from({ length: stream.requests }, (_, n) => prepare(n))
const start = performance.now()
await (stream.perSecond === undefined ? closedLoop(prepared) : paced(prepared, stream.perSecond))
const [firstFailure] = failures
const report: RequestStreamReport = {
  answered: latencies.length,
  failures: failures.length,
  ...(firstFailure === undefined ? {} : { firstFailure }),
  seconds: (performance.now() - start) / 1000,
  p50Ms: percentile(latencies, 0.5),
  p99Ms: percentile(latencies, 0.99),
  maxMs: percentile(latencies, 1),
}
agent.destroy()
process.stdout.write(`${JSON.stringify(report)}\n`)

// Runs as a process of its own: posts what a receiver has kept once more, by the HTTP client that Waybill uses, and nothing else.
import { Agent, request } from 'undici'
import type { Kept } from './receiver.ts'
import type { PostReport } from './plain-posts.ts'

const [url = '', inFlight = ''] = process.argv.slice(2)
const kept = (await (await fetch(url)).json()) as readonly Kept[]
/** As `platform/outbound/outbound.ts` has it. */
const dispatcher = new Agent({ connections: Number(inFlight), pipelining: 1, keepAliveTimeout: 10_000, allowH2: false })

const all = kept.values()
const connection = async (): Promise<void> => {
  for (const { headers, body } of all) {
    const answer = await request(url, { dispatcher, method: 'POST', headers, body })
    await answer.body.dump()
    if (answer.statusCode !== 204) throw new Error(`the receiver answered ${answer.statusCode}`)
  }
}

const began = performance.now()
await Promise.all(Array.from({ length: Number(inFlight) }, connection))
const seconds = (performance.now() - began) / 1000
const bytes = kept.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)
const report: PostReport = { posts: kept.length, bytes, seconds }
await dispatcher.close()
process.stdout.write(JSON.stringify(report))

import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { adminToken } from '../npm/admin-token.ts'
import { testPackage, type TestPackage } from '../npm/publish-document.ts'
import type { WaybillProcess } from '../waybill-process.ts'

/** What became of one publish: the status and body of its answer, or the error of its connection. */
export interface PublishOutcome {
  readonly entry: TestPackage
  readonly status: number | undefined
  readonly body: string
  readonly milliseconds: number
}

export interface Publisher {
  /** Sends a publish as the npm client does; a repeat in the same run is recognised by its session. */
  publish(entry: TestPackage): Promise<PublishOutcome>
  /** Starts `rate` publishes of new packages a second for that long, however long each takes, and waits for all answers. */
  steadily(rate: number, milliseconds: number): Promise<readonly PublishOutcome[]>
  get(path: string): Promise<Response>
  close(): void
}

/** Far beyond what an append may take: whoever gets no answer by then is left without one. */
const ANSWER_MS = 180_000

export const publisher = async (waybill: WaybillProcess, prefix: string): Promise<Publisher> => {
  const token = await adminToken(waybill)
  const session = randomBytes(8).toString('hex')
  const agent = new Agent({ keepAlive: true, maxSockets: 2000 })
  const authorization = `Bearer ${token}`

  const publish = (entry: TestPackage): Promise<PublishOutcome> =>
    new Promise((resolve) => {
      const began = performance.now()
      const done = (status: number | undefined, body: string): void =>
        resolve({ entry, status, body, milliseconds: performance.now() - began })
      const sent = request(`${waybill.url}/npm/main/npm/${entry.name}`, {
        method: 'PUT',
        agent,
        headers: {
          authorization,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(entry.body),
          'npm-session': session,
        },
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      sent.on('error', (error) => done(undefined, error.message))
      sent.on('response', (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (text: string) => (body += text))
        answer.on('end', () => done(answer.statusCode, body))
        answer.on('error', (error) => done(undefined, error.message))
      })
      sent.end(entry.body)
    })

  return {
    publish,
    steadily: async (rate, milliseconds) => {
      const began = performance.now()
      const total = Math.round((rate * milliseconds) / 1000)
      const under: Promise<PublishOutcome>[] = []
      while (under.length < total) {
        const due = Math.min(total, Math.ceil(((performance.now() - began) * rate) / 1000))
        while (under.length < due) under.push(publish(testPackage(`${prefix}-${under.length}`, '1.0.0')))
        await new Promise((resume) => setTimeout(resume, 5))
      }
      return Promise.all(under)
    },
    get: (path) => fetch(`${waybill.url}${path}`, { headers: { authorization } }),
    close: () => agent.destroy(),
  }
}

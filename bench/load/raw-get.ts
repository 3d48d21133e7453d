import { get, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As it came over the wire: fetch would have undone the compression that is to be measured. */
  readonly body: Buffer
}

export async function rawGet(url: string, headers: Readonly<Record<string, string>>): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { headers, agent: false }, (answer) => {
      const { statusCode = 0, headers: answerHeaders } = answer
      buffer(answer).then((body) => resolve({ status: statusCode, headers: answerHeaders, body }), reject)
    })
    outgoing.on('error', reject)
  })
}

// Runs as a process of its own: a receiver of webhooks that answers 204 and keeps what it was sent.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Arrival, Kept, ReceiverAnswer, ReceiverQuestion } from './receiver.ts'

/** The client's own headers; those of the connection are made anew by whoever posts the same again. */
const OF_THE_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding'])

let kept: { readonly message: IncomingMessage; readonly chunks: readonly Buffer[]; readonly at: number }[] = []
let waiting: { readonly id: number; readonly count: number; readonly timer: NodeJS.Timeout } | undefined

/** Milliseconds since the epoch, finer than the clock's. */
const now = (): number => performance.timeOrigin + performance.now()

const answer = (it: ReceiverAnswer): void => void process.send?.(it)

const tell = (id: number): void => {
  answer({ id, count: kept.length, firstAt: kept[0]?.at ?? Number.NaN, lastAt: kept.at(-1)?.at ?? Number.NaN })
}

const look = (): void => {
  if (waiting === undefined || kept.length < waiting.count) return
  clearTimeout(waiting.timer)
  tell(waiting.id)
  waiting = undefined
}

const server = createServer((message, response) => {
  if (message.method === 'GET') {
    response.end(JSON.stringify(kept.map(asSent)))
    return
  }
  const chunks: Buffer[] = []
  message.on('data', (chunk: Buffer) => chunks.push(chunk))
  message.on('end', () => {
    kept.push({ message, chunks, at: now() })
    response.writeHead(204).end()
    look()
  })
})
server.keepAliveTimeout = 60_000

const asSent = ({ message, chunks }: (typeof kept)[number]): Kept => ({
  headers: Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      OF_THE_CONNECTION.has(name) ? [] : [[name, String(value)]],
    ),
  ),
  body: Buffer.concat(chunks).toString(),
})

const arrivalOf = ({ chunks, at }: (typeof kept)[number]): Arrival => {
  const { id, time } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly id: string; readonly time: string }
  return { id, happenedAt: Date.parse(time), at }
}

process.on('message', (question: ReceiverQuestion) => {
  const { id } = question
  if (question.ask === 'forget') {
    kept = []
    answer({ id })
  } else if (question.ask === 'arrivals') answer({ id, arrivals: kept.map(arrivalOf) })
  else {
    waiting = { id, count: question.count, timer: setTimeout(() => tell(id), question.withinMs) }
    look()
  }
})
process.once('disconnect', () => process.exit())

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
answer({ id: 0, port: typeof address === 'object' && address !== null ? address.port : 0 })

import { connect, type Socket } from 'node:net'

/** Clients that listen, in a process of their own: what they cost is not counted as the server's. */
export interface ListenersOrder {
  /** Of `/api/events`. */
  readonly url: string
  /** One listener each; the same may stand there often. */
  readonly tokens: readonly string[]
}

export interface ListenersReport {
  /** Events that each listener has had. */
  readonly counts: readonly number[]
  /** Ids of the first listener, in the order in which they came. */
  readonly ids: readonly string[]
  /** Listeners whose ids are not those of the first, in the same order. */
  readonly different: number
  /** Milliseconds from the instant in an event to its arrival, over all listeners. */
  readonly p50: number
  readonly p99: number
}

const ID = /^id: (\d{20})\nevent: .*\ndata: .*?"time":"([^"]+)"/

const ids: string[][] = []
const latencies: number[] = []

const listen = (url: URL, token: string, index: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname)
    const own: string[] = []
    ids[index] = own
    let text = ''
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      if (own.length === 0 && text === '') resolve(socket)
      // a chunk of HTTP begins with its length in a line of its own, and ends with another line
      text += chunk.replaceAll('\r\n', '\n')
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, id, time] = ID.exec(block.slice(Math.max(0, block.indexOf('id: ')))) ?? []
        if (id === undefined || time === undefined) continue
        own.push(id)
        latencies.push(performance.timeOrigin + performance.now() - Date.parse(time))
      }
    })
    socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  })

const open = async ({ url, tokens }: ListenersOrder): Promise<void> => {
  const address = new URL(url)
  // not all at once: the backlog of a listening socket is short
  for (let first = 0; first < tokens.length; first += 100)
    await Promise.all(tokens.slice(first, first + 100).map((token, index) => listen(address, token, first + index)))
}

const report = (): ListenersReport => {
  const [first = []] = ids
  const same = JSON.stringify(first)
  const sorted = latencies.toSorted((a, b) => a - b)
  const quantile = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0
  return {
    counts: ids.map(({ length }) => length),
    ids: first,
    different: ids.filter((own) => JSON.stringify(own) !== same).length,
    p50: quantile(0.5),
    p99: quantile(0.99),
  }
}

process.on('message', (message: ListenersOrder | 'report') => {
  if (message === 'report') process.send?.(report())
  else void open(message).then(() => process.send?.('open'))
})
process.on('disconnect', () => process.exit())

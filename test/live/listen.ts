import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

/** An event as a client has it. */
export interface Received {
  readonly id: string
  readonly event: string
  readonly data: {
    readonly type: string
    readonly subject: string
    readonly sequence: string
    readonly authclaims?: string
    readonly data: Readonly<Record<string, unknown>>
  } & Readonly<Record<string, unknown>>
}

export interface Listening {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As the HTML standard says: also what a block without data names. */
  readonly lastEventId: string
  readonly comments: readonly string[]
  /** Everything that came, also what was taken by `next`. */
  readonly received: readonly Received[]
  /** The next event; fails after ten seconds. */
  next(): Promise<Received>
  /** Resolves once the server has ended the stream; fails after ten seconds. */
  ended(): Promise<void>
  /** The body of an answer that is no stream. */
  problem(): Promise<Record<string, unknown>>
  /** Stops reading from the socket. */
  pause(): void
  resume(): void
  close(): void
}

const PATIENCE = 10_000

const open = (url: URL, headers: Record<string, string>): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, resolve)
    request.on('error', reject)
  })

const fieldsOf = (block: string): ReadonlyMap<string, string> =>
  new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    }),
  )

/** Opens `/api/events` and reads it as the HTML standard says (section 9.2.6). */
export const listen = async (
  url: string,
  {
    query = {},
    token,
    lastEventId,
  }: {
    readonly query?: Readonly<Record<string, string | readonly string[]>>
    readonly token?: string | undefined
    readonly lastEventId?: string | undefined
  } = {},
): Promise<Listening> => {
  const address = new URL(url)
  for (const [name, values] of Object.entries(query))
    for (const value of [values].flat()) address.searchParams.append(name, value)
  const response = await open(address, {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  })
  const received: Received[] = []
  const comments: string[] = []
  let last = ''
  let text = ''
  let taken = 0
  let over = false
  let wake = (): void => undefined

  const take = (block: string): void => {
    const fields = fieldsOf(block)
    last = fields.get('id') ?? last
    const comment = fields.get('')
    if (comment !== undefined) comments.push(comment)
    const data = fields.get('data')
    if (data !== undefined)
      received.push({ id: last, event: fields.get('event') ?? '', data: JSON.parse(data) as Received['data'] })
  }
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      blocks.forEach(take)
    }
    wake()
  })
  response.on('error', () => undefined) // a stream that was cut off: `close` follows
  response.on('close', () => {
    over = true
    wake()
  })

  const until = async (condition: () => boolean, what: string): Promise<void> => {
    const deadline = performance.now() + PATIENCE
    while (!condition()) {
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`${what} within ${PATIENCE} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    received,
    comments,
    get lastEventId() {
      return last
    },
    async next() {
      await until(() => received.length > taken || over, 'no event')
      const event = received[taken]
      if (event === undefined) throw new Error('the stream ended')
      taken += 1
      return event
    },
    ended: () => until(() => over, 'the stream did not end'),
    async problem() {
      await until(() => over, 'the answer did not end')
      return JSON.parse(text) as Record<string, unknown>
    },
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void response.destroy(),
  }
}

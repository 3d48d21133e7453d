/** Server-sent events as they come over HTTP, for tests of subscriptions. */
export interface EventStream {
  readonly status: number
  readonly headers: Headers
  /** The data of the next event of this name; fails after five seconds. */
  next(name?: 'next' | 'complete'): Promise<unknown>
  /** What came so far and was not asked for. */
  readonly waiting: number
  close(): void
}

const PATIENCE = 5000

interface Sent {
  readonly name: string
  readonly data: unknown
}

const sentOf = (block: string): Sent | undefined => {
  const name = /^event: (.*)$/m.exec(block)?.[1]
  const data = /^data: ?(.*)$/m.exec(block)?.[1] ?? ''
  return name === undefined ? undefined : { name, data: data === '' ? undefined : (JSON.parse(data) as unknown) }
}

export const openEventStream = async (url: string | URL, init: RequestInit): Promise<EventStream> => {
  const closing = new AbortController()
  const response = await fetch(url, {
    ...init,
    headers: { accept: 'text/event-stream', ...(init.headers as Record<string, string>) },
    signal: closing.signal,
  })
  const arrived: Sent[] = []
  let wake = (): void => undefined

  const read = async (): Promise<void> => {
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      arrived.push(...blocks.map(sentOf).filter((sent) => sent !== undefined))
      wake()
    }
  }
  // the test closes the stream, or asks for what never comes
  read().catch(() => undefined)

  return {
    status: response.status,
    headers: response.headers,
    get waiting() {
      return arrived.length
    },
    async next(name = 'next') {
      const deadline = performance.now() + PATIENCE
      for (;;) {
        const sent = arrived.shift()
        if (sent !== undefined) {
          if (sent.name !== name) throw new Error(`expected ${name}, got ${sent.name}: ${JSON.stringify(sent.data)}`)
          return sent.data
        }
        const left = deadline - performance.now()
        if (left <= 0) throw new Error(`no event within ${PATIENCE} ms`)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    },
    close: () => closing.abort(),
  }
}

import type { Dispatcher } from 'undici'

/** What came back, its body up to a bound. */
export interface Answer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** There was more, which was not read: reading on costs as much as the other side likes. */
  readonly truncated: boolean
}

export interface Exchange {
  /** Rejects with what undici says, or with what it was stopped with. */
  readonly answer: Promise<Answer>
  /** Gives the request and its connection up. */
  stop(reason: Error): void
}

/** One request, and at most `most` bytes of its answer. */
export const startExchange = (dispatcher: Dispatcher, options: Dispatcher.DispatchOptions, most: number): Exchange => {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  let controller: Dispatcher.DispatchController | undefined
  let stopped: Error | undefined
  const chunks: Buffer[] = []
  let size = 0
  let head: Pick<Answer, 'status' | 'headers'> = { status: 0, headers: {} }

  const stop = (reason: Error): void => {
    stopped ??= reason
    reject(stopped)
    controller?.abort(stopped)
  }
  const end = (truncated: boolean): void => {
    const [only] = chunks
    resolve({ ...head, body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks), truncated })
  }

  dispatcher.dispatch(options, {
    onRequestStart(given) {
      controller = given
      // while it waited for a connection there was nothing to abort
      if (stopped !== undefined) given.abort(stopped)
    },
    onResponseStart(_, status, headers) {
      // an informational answer comes before the real one
      if (status >= 200) head = { status, headers }
    },
    onResponseData(_, chunk) {
      chunks.push(size + chunk.length > most ? chunk.subarray(0, most - size) : chunk)
      size += chunk.length
      if (size <= most) return
      end(true)
      stop(new Error('the answer is longer than was asked for'))
    },
    onResponseEnd: () => end(false),
    onResponseError: (_, error) => reject(error),
  })
  return { answer: promise, stop }
}

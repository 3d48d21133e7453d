import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '../platform/ids.ts'
import { VERSION } from '../version.ts'
import { Failure } from './failure.ts'
import { refusal, unreachable } from './server-problems.ts'

/** The client for everything that commands ask of a server: node's own, because fetch cannot wait for 100 Continue. */
export interface ServerClient {
  /** Without a slash at the end. */
  readonly origin: string
  /** Carries out a command of the catalogue. A repeat after a lost answer does no harm. */
  command(name: string, input: object): Promise<Readonly<Record<string, unknown>>>
  /** The `data` of a GraphQL query. */
  query<Data>(text: string, variables?: object): Promise<Data>
  /** Sends a request and resolves with the head of a 2xx or 3xx answer; its body is the caller's to read or to destroy. */
  send(request: ServerRequest): Promise<ServerAnswer>
  close(): void
}

export interface ServerRequest {
  readonly method: string
  /** From the root, or a whole address that the server redirected to, where no credentials are sent. */
  readonly address: string
  readonly headers?: OutgoingHttpHeaders
  /** A text, or what opens the bytes once the server has said that it wants them. */
  readonly body?: string | (() => Readable)
  /** Answers that say "busy" are waited out; 429 always, because nothing was done then. */
  readonly repeatable?: boolean
}

export interface ServerAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: IncomingMessage
}

export interface ServerClientOptions {
  readonly origin: string
  /** The Authorization header. */
  readonly authorization: string | undefined
  readonly signal: AbortSignal
  /** Tells people why it takes longer. */
  readonly note: (line: string) => void
}

const CONNECT_MILLISECONDS = 10_000
/** Nothing moved either way for so long. A server may take a while to make a large file durable. */
const IDLE_MILLISECONDS = 120_000
/** A server or proxy that knows no 100 Continue just waits for the body (RFC 9110 section 10.1.1). */
const CONTINUE_MILLISECONDS = 2_000
const TRIES = 5
const MOST_SECONDS_WAITED = 60
const MOST_PROBLEM_BYTES = 65_536

const readText = async (body: IncomingMessage, most = Infinity): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > most) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Sends the bytes once they are wanted, and stops when the answer comes before their end. */
const sendBytes = (request: http.ClientRequest, open: () => Readable): void => {
  let bytes: Readable | undefined
  const begin = (): void => {
    clearTimeout(timer)
    if (bytes !== undefined || request.destroyed) return
    bytes = open()
    bytes.once('error', (error) => request.destroy(new Failure('failed', error.message, { cause: error })))
    bytes.pipe(request)
  }
  const stop = (): void => {
    clearTimeout(timer)
    request.off('continue', begin)
    // without pipe's own end the request stays open, so that the answer can be read to its end
    bytes?.unpipe(request).destroy()
  }
  const timer = setTimeout(begin, CONTINUE_MILLISECONDS)
  request.once('continue', begin)
  request.once('response', stop)
  request.once('close', stop)
  request.flushHeaders()
}

export const openServerClient = ({ origin, authorization, signal, note }: ServerClientOptions): ServerClient => {
  const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) }

  const exchange = ({ method, address, headers = {}, body }: ServerRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = new URL(address, origin)
      const protocol = url.protocol === 'https:' ? 'https:' : 'http:'
      const request = (protocol === 'https:' ? https : http).request(url, {
        method,
        agent: agents[protocol],
        signal,
        headers: {
          'user-agent': `waybill/${VERSION}`,
          ...(authorization === undefined || url.origin !== origin ? {} : { authorization }),
          ...(typeof body === 'function' ? { expect: '100-continue' } : {}),
          ...headers,
        },
      })
      const silent = (why: string) => () =>
        request.destroy(new Failure('unreachable', `${url.origin} ${why}`, { exit: 'unavailable' }))
      const connecting = setTimeout(silent('cannot be reached: it does not answer'), CONNECT_MILLISECONDS)
      request.once('socket', (socket) => {
        if (!socket.connecting) clearTimeout(connecting)
        socket.once('connect', () => clearTimeout(connecting))
      })
      request.setTimeout(IDLE_MILLISECONDS, silent('has been silent for too long'))
      request.once('close', () => clearTimeout(connecting))
      request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : unreachable(url.origin, error)))
      request.once('response', (response) => {
        // a connection over which a body was promised and not sent is of no further use
        response.once('close', () => request.writableFinished || request.destroy())
        resolve(response)
      })
      if (typeof body === 'function') sendBytes(request, body)
      else request.end(body)
    })

  const send = async (request: ServerRequest): Promise<ServerAnswer> => {
    for (let tries = 1; ; tries++) {
      const body = await exchange(request)
      const { statusCode: status = 0, headers } = body
      if (status < 400) return { status, headers, body }
      const text = await readText(body, MOST_PROBLEM_BYTES)
      const seconds = Number(headers['retry-after'] ?? 2 ** (tries - 1))
      const busy = status === 429 || (status === 503 && request.repeatable === true)
      if (!busy || tries === TRIES || !(seconds <= MOST_SECONDS_WAITED))
        throw refusal(origin, authorization !== undefined, { status, headers, text })
      note(`${origin} is busy; trying again in ${seconds} s`)
      await wait(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }

  const ask = async (address: string, input: object, headers: OutgoingHttpHeaders): Promise<unknown> => {
    const answer = await send({
      method: 'POST',
      address,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(input),
      repeatable: true,
    })
    const text = await readText(answer.body).catch((error: unknown) => {
      signal.throwIfAborted()
      throw unreachable(origin, error)
    })
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new Failure('not-waybill', `${origin} answers, but not as Waybill does`, { cause: error })
    }
  }

  return {
    origin,
    send,
    command: async (name, input) =>
      (await ask(`/api/commands/${name}`, input, { 'idempotency-key': newId() })) as Readonly<Record<string, unknown>>,
    query: async <Data>(query: string, variables: object = {}) => {
      const answer = (await ask('/graphql', { query, variables }, {})) as { data?: Data; errors?: unknown }
      if (answer.errors !== undefined || answer.data === undefined)
        throw refusal(origin, authorization !== undefined, { status: 200, headers: {}, text: JSON.stringify(answer) })
      return answer.data
    },
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

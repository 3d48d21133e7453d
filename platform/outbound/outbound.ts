import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { Agent, ProxyAgent, request, type Dispatcher } from 'undici'
import type { OutboundAllow } from '../config/config-values.ts'
import type { Log } from '../log/log.ts'
import { readBounded } from './bounded-body.ts'
import { isOutboundError, OutboundError, outboundFailure } from './outbound-error.ts'
import type { OutboundRequest, OutboundResponse } from './outbound-request.ts'
import { redirected } from './redirect.ts'
import { addressesOf, checkedUrl, hostOf, type ResolveName } from './target.ts'

/** The one way to the outside: for webhooks, upstreams of remote repositories, HTTP steps of flows. */
export interface Outbound {
  /**
   * Sends one request. Refuses addresses that are not on the public internet unless the operator allows them: the name is resolved
   * once, and the connection made to what was looked at. An answer of any status is an answer.
   * @throws {OutboundError} see `OutboundFailure`; what `signal` was aborted with
   */
  send(request: OutboundRequest): Promise<OutboundResponse>
  /** Ends connections at once; requests that are under way fail. */
  close(): Promise<void>
}

export interface OutboundOptions {
  readonly allow: OutboundAllow
  /** http:// or https://, perhaps with credentials. Targets are checked before; the proxy resolves their names again. */
  readonly proxy?: string | undefined
  readonly log: Pick<Log, 'warn'>
  /** Default: the resolver of the machine. */
  readonly resolve?: ResolveName
}

/** To one origin at a time; more requests wait for these, within their own time. */
const CONNECTIONS = 16
const KEEP_ALIVE_MS = 10_000

const resolveBySystem: ResolveName = (host) => lookup(host, { all: true })

const textOf = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(', ') : (value ?? '')

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), textOf(value)]))

/** What `net.connect` asks for the addresses of a name: it connects to what it is given here and asks nobody else. */
const checkingLookup =
  (addresses: (host: string) => ReturnType<typeof addressesOf>): LookupFunction =>
  (host, options, callback) => {
    addresses(host).then(
      (found) => {
        const [first] = found
        if (options.all === true || first === undefined) callback(null, [...found])
        else callback(null, first.address, first.family)
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    )
  }

export const createOutbound = ({ allow, proxy, log, resolve = resolveBySystem }: OutboundOptions): Outbound => {
  const addresses = (host: string) => addressesOf({ allow, resolve }, host)
  const pool = { connections: CONNECTIONS, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, allowH2: false } as const
  const dispatcher: Dispatcher =
    proxy === undefined
      ? new Agent({ ...pool, connect: { lookup: checkingLookup(addresses) } })
      : new ProxyAgent({ ...pool, uri: proxy })

  /** Where nobody would be asked for the name, or the proxy would be. */
  const check = async (url: URL): Promise<void> => {
    if (proxy !== undefined || /^[\d.]+$|^\[/.test(url.hostname)) await addresses(url.hostname)
  }

  const once = async (asked: OutboundRequest, url: URL, signal: AbortSignal): Promise<OutboundResponse> => {
    await check(url)
    const answer = await request(url, {
      dispatcher,
      method: asked.method,
      headers: { ...asked.headers },
      body: asked.body ?? null,
      signal,
      headersTimeout: asked.timeoutMs,
      bodyTimeout: asked.timeoutMs,
    })
    const { bytes, truncated } = await readBounded(answer.body, asked.maxResponseBytes)
    if (truncated && asked.beyond !== 'cut')
      throw new OutboundError('too-large', `${hostOf(url)} answers with more than ${asked.maxResponseBytes} bytes`)
    const headers = flat(answer.headers)
    return { status: answer.statusCode, headers, body: bytes, truncated, url: url.href }
  }

  const follow = async (first: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> => {
    let asked = first
    for (let left = first.redirects ?? 0; ; left -= 1) {
      const answer = await once(asked, checkedUrl(asked.url), signal)
      const next = (first.redirects ?? 0) === 0 ? undefined : redirected(asked, answer)
      if (next === undefined) return answer
      if (left === 0) throw new OutboundError('redirects', `${hostOf(new URL(first.url))} redirects too often`)
      asked = next
    }
  }

  return {
    async send(asked) {
      const host = hostOf(checkedUrl(asked.url))
      const time = AbortSignal.timeout(asked.timeoutMs)
      const signal = asked.signal === undefined ? time : AbortSignal.any([time, asked.signal])
      try {
        return await before(signal, follow(asked, signal))
      } catch (error) {
        if (asked.signal?.aborted === true) throw asked.signal.reason
        if (time.aborted)
          throw new OutboundError('timeout', `${host} did not answer within ${asked.timeoutMs} ms`, { cause: error })
        const failure = outboundFailure(host, error)
        if (isOutboundError(failure) && failure.failure === 'refused') log.warn({ host }, failure.message)
        throw failure
      }
    },
    close: () => dispatcher.destroy(),
  }
}

/** Resolvers cannot be interrupted: what they still answer after the time is over is nobody's. */
const before = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  signal.throwIfAborted()
  const over = Promise.withResolvers<never>()
  const onAbort = (): void => over.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, over.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => undefined) // told by the race already, or of no interest after the time
  }
}

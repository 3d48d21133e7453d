import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, ProxyAgent, type Dispatcher } from 'undici'
import type { OutboundAllow } from '../config/config-values.ts'
import type { Log } from '../log/log.ts'
import { startExchange } from './exchange.ts'
import { startLimit, type Limit } from './limit.ts'
import { isOutboundError, OutboundError, outboundFailure } from './outbound-error.ts'
import type { OutboundRequest, OutboundResponse } from './outbound-request.ts'
import { redirected } from './redirect.ts'
import { addressesOf, checkedUrl, hostOf, isLiteral, type ResolveName } from './target.ts'

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
const CONNECT_MS = 10_000

const resolveBySystem: ResolveName = (host) => lookup(host, { all: true })

const textOf = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(', ') : (value ?? '')

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> => {
  const texts: Record<string, string> = {}
  for (const name in headers) texts[name] = textOf(headers[name])
  return texts
}

type Addresses = (host: string) => ReturnType<typeof addressesOf>

/** What `net.connect` asks for the addresses of a name: it connects to what it is given here and asks nobody else. */
const checkingLookup =
  (addresses: Addresses): LookupFunction =>
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

/** Connects to what may be called. For an address there is no lookup that could refuse it. */
const checkingConnector = (addresses: Addresses): buildConnector.connector => {
  const connect = buildConnector({ lookup: checkingLookup(addresses), allowH2: false, timeout: CONNECT_MS })
  return (options, callback) => {
    if (!isLiteral(options.hostname)) {
      connect(options, callback)
      return
    }
    addresses(options.hostname).then(
      () => connect(options, callback),
      (error: unknown) => callback(error as Error, null),
    )
  }
}

export const createOutbound = ({ allow, proxy, log, resolve = resolveBySystem }: OutboundOptions): Outbound => {
  const addresses: Addresses = (host) => addressesOf({ allow, resolve }, host)
  const pool = { connections: CONNECTIONS, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, allowH2: false } as const
  const dispatcher: Dispatcher =
    proxy === undefined
      ? new Agent({ ...pool, connect: checkingConnector(addresses) })
      : new ProxyAgent({ ...pool, uri: proxy })

  const once = async (asked: OutboundRequest, url: URL, limit: Limit): Promise<OutboundResponse> => {
    // the proxy connects, and asks for the name again
    if (proxy !== undefined) await limit.within(addresses(url.hostname))
    const { method, headers = {}, body = null, timeoutMs, maxResponseBytes } = asked
    const { answer, stop } = startExchange(
      dispatcher,
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...headers },
        body,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      },
      maxResponseBytes,
    )
    const came = await limit.within(answer, stop)
    if (came.truncated && asked.beyond !== 'cut')
      throw new OutboundError('too-large', `${hostOf(url)} answers with more than ${maxResponseBytes} bytes`)
    return { ...came, headers: flat(came.headers), url: url.href }
  }

  const follow = async (first: OutboundRequest, firstUrl: URL, limit: Limit): Promise<OutboundResponse> => {
    let asked = first
    let url = firstUrl
    for (let left = first.redirects ?? 0; ; left -= 1) {
      const answer = await once(asked, url, limit)
      const next = (first.redirects ?? 0) === 0 ? undefined : redirected(asked, answer)
      if (next === undefined) return answer
      if (left === 0) throw new OutboundError('redirects', `${hostOf(firstUrl)} redirects too often`)
      asked = next
      url = checkedUrl(asked.url)
    }
  }

  return {
    async send(asked) {
      const url = checkedUrl(asked.url)
      const limit = startLimit(asked.timeoutMs, asked.signal)
      try {
        return await follow(asked, url, limit)
      } catch (error) {
        if (asked.signal?.aborted === true) throw asked.signal.reason
        const host = hostOf(url)
        if (limit.late)
          throw new OutboundError('timeout', `${host} did not answer within ${asked.timeoutMs} ms`, { cause: error })
        const failure = outboundFailure(host, error)
        if (isOutboundError(failure) && failure.failure === 'refused') log.warn({ host }, failure.message)
        throw failure
      } finally {
        limit.end()
      }
    },
    close: () => dispatcher.destroy(),
  }
}

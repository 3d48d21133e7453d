import { OutboundError } from './outbound-error.ts'
import type { OutboundRequest, OutboundResponse } from './outbound-request.ts'
import { checkedUrl } from './target.ts'

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const withoutCredentials = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization' && name !== 'cookie'))

/**
 * The request that a redirect asks for (RFC 9110 section 15.4): 303 and, as every client does, 301 and 302 of a POST become a GET
 * without a body. Undefined: the answer is none.
 * @throws {OutboundError} `refused` | `redirects`: it leads to no http or https URL
 */
export const redirected = (asked: OutboundRequest, answer: OutboundResponse): OutboundRequest | undefined => {
  const { location } = answer.headers
  if (!REDIRECTS.has(answer.status) || location === undefined) return undefined
  const from = new URL(answer.url)
  const to = URL.parse(location, from)
  if (to === null) throw new OutboundError('redirects', `${from.hostname} redirects to something that is no URL`)
  const url = checkedUrl(to.href)
  const headers = url.origin === from.origin ? (asked.headers ?? {}) : withoutCredentials(asked.headers ?? {})
  const becomesGet =
    (answer.status === 303 && asked.method !== 'HEAD') || (answer.status < 303 && asked.method === 'POST')
  return becomesGet
    ? { ...asked, url: url.href, headers, method: 'GET', body: undefined }
    : { ...asked, url: url.href, headers }
}

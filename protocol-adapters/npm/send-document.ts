import type { FastifyReply } from 'fastify'
import { matchesWeakly } from '../http/entity-tag.ts'
import type { Form, Rendered } from './packuments.ts'
import { gzipped } from './packuments.ts'

const ABBREVIATED_TYPE = 'application/vnd.npm.install-v1+json'

/** The abbreviated form is asked for by its media type; clients name it beside application/json, with the higher weight. */
export const formOf = (accept: string | undefined): Form =>
  accept !== undefined && accept.includes(ABBREVIATED_TYPE) ? 'abbreviated' : 'full'

export const contentTypeOf = (form: Form): string => (form === 'full' ? 'application/json' : ABBREVIATED_TYPE)

/** Clients keep documents but ask each time whether they are still good. */
export const CACHE_CONTROL = 'private, no-cache'

/** RFC 9110 section 13.1.2. */
export const isUnchanged = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && (ifNoneMatch.trim() === '*' || matchesWeakly(ifNoneMatch, etag))

export const acceptsGzip = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding !== undefined && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(acceptEncoding)

/** Sends a packument in the encoding that the client takes, or 304. */
export const sendDocument = async (reply: FastifyReply, rendered: Rendered, form: Form): Promise<FastifyReply> => {
  const { headers } = reply.request
  const coded = acceptsGzip(headers['accept-encoding']) ? (rendered.gzipped ?? (await gzipped(rendered))) : rendered
  void reply.headers({
    etag: coded.etag,
    vary: 'accept, accept-encoding',
    'cache-control': CACHE_CONTROL,
    'content-type': contentTypeOf(form),
  })
  if (isUnchanged(headers['if-none-match'], coded.etag)) return reply.code(304).send()
  if (coded.body !== rendered.body) void reply.header('content-encoding', 'gzip')
  return reply.send(coded.body)
}

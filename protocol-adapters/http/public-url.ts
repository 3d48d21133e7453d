import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import { DomainError } from '../../domain/errors.ts'

/** A host name or address with an optional port: nothing that could break out of a URL or a header. */
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/

/**
 * The origin that URLs in answers begin with: the configured public URL, else the request's own Host once it is known to be
 * one. Behind a trusted proxy fastify has put the forwarded host and protocol in their place.
 * @throws {DomainError} `invalid-input`
 */
export const originOf = (publicUrl: string | undefined, request: FastifyRequest): string => {
  if (publicUrl !== undefined) return publicUrl
  const { host } = request
  if (!HOST.test(host)) throw new DomainError('invalid-input', 'The Host header does not name a host.')
  return `${request.protocol}://${host}`
}

/**
 * The same for a request that the framework never sees; undefined where that takes more than a look (forwarded by a proxy, no
 * proper Host).
 */
export const peekOrigin = (publicUrl: string | undefined, { headers, socket }: IncomingMessage): string | undefined => {
  if (publicUrl !== undefined) return publicUrl
  const { host } = headers
  if (host === undefined || headers['x-forwarded-host'] !== undefined || headers['x-forwarded-proto'] !== undefined)
    return undefined
  if (!HOST.test(host)) return undefined
  return `${(socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http'}://${host}`
}

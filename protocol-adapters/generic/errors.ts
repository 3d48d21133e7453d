import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { shownRefusal } from '../../commands/shown-refusal.ts'
import { DomainError, ERRORS } from '../../domain/errors.ts'
import { fromHttpLayer, logUnforeseen, sendProblem } from '../http/problem.ts'

/** Bytes of a refused upload that are read and thrown away, so that a client that only listens when it has sent all is heard. */
const MOST_DISCARDED = 64 * 1024 * 1024

/**
 * A connection closed with bytes still unread is reset, and the reset can overtake the answer: so the rest of a body is read for
 * a while. Clients that listen while they send, as curl does, stop by themselves.
 */
const discardRest = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return
  let left = MOST_DISCARDED
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.destroy()
  })
  // the client broke off: nobody is left to be told
  request.on('error', () => undefined)
  request.resume()
}

/** The framework refuses it before we are asked, and does not say what is wrong. */
const named = (error: unknown): unknown =>
  (error as { code?: unknown }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
    ? new DomainError('unsupported-media-type', 'The Content-Type is not a media type such as text/plain.')
    : error

const wantsJson = (accept: string | undefined): boolean => /[/+]json\b/i.test(accept ?? '')

/**
 * There is no standard for this protocol: clients that accept any JSON get a problem (RFC 9457), all others (curl, wget, browsers)
 * the sentence on a line of plain text.
 */
export const sendGenericError = (request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply => {
  const error = named(thrown)
  void reply.header('vary', 'accept').header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
  discardRest(request.raw)
  if (wantsJson(request.headers.accept)) return sendProblem(request, reply, error)
  logUnforeseen(request, error)
  const { code, message, retryAfter } = shownRefusal(fromHttpLayer(error))
  const [status] = ERRORS[code]
  if (status === 401) void reply.header('www-authenticate', 'Basic realm="waybill", charset="UTF-8"')
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter))
  const reference = status >= 500 ? ` Request id: ${request.id}.` : ''
  return reply.code(status).type('text/plain; charset=utf-8').send(`${message}${reference}\n`)
}

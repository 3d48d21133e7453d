import type { FastifyReply, FastifyRequest } from 'fastify'
import { shownRefusal } from '../../commands/shown-refusal.ts'
import { DomainError, ERRORS } from '../../domain/errors.ts'

/** RFC 9457, with Waybill's code and what to do next beside the standard members. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly next: string
  readonly requestId: string
}

/** Failures of the HTTP layer itself (a body that is no JSON, too large, no such route) in the words of the one table. */
export const fromHttpLayer = (error: unknown): unknown => {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  if (typeof code !== 'string' || !/^FST_/.test(code)) return error
  if (statusCode === 413) return new DomainError('too-large', 'The body is larger than this address takes.')
  if (statusCode === 415)
    return new DomainError('unsupported-media-type', message ?? 'The content type is not supported.')
  if (statusCode !== undefined && statusCode < 500)
    return new DomainError('invalid-input', message ?? 'The request is not valid.')
  return error
}

export const problemOf = (error: unknown, requestId: string): Problem => {
  const { code, message } = shownRefusal(fromHttpLayer(error))
  const [status, title, next] = ERRORS[code]
  return { type: 'about:blank', title, status, detail: message, code, next, requestId }
}

/** Logs what nobody foresaw, with its cause; a refusal is the caller's own business. */
export const logUnforeseen = (request: FastifyRequest, error: unknown): void => {
  const refusal = shownRefusal(fromHttpLayer(error))
  if (ERRORS[refusal.code][0] >= 500) request.log.error({ err: refusal.cause ?? error }, 'request failed')
}

export const sendProblem = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
  logUnforeseen(request, error)
  const refusal = shownRefusal(fromHttpLayer(error))
  const problem = problemOf(error, request.id)
  if (refusal.retryAfter !== undefined) void reply.header('retry-after', String(refusal.retryAfter))
  if (problem.status === 401) void reply.header('www-authenticate', 'Basic realm="waybill", charset="UTF-8"')
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

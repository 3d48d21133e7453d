import type { FastifyReply, FastifyRequest } from 'fastify'
import { shownRefusal } from '../../commands/shown-refusal.ts'
import { DomainError, ERRORS } from '../../domain/errors.ts'
import { fromHttpLayer, logUnforeseen } from '../http/problem.ts'
import { isPublishBodyError } from './publish-body-error.ts'
import { isPublishError } from './publish-error.ts'

const TOO_LARGE: ReadonlySet<string> = new Set(['document-too-large', 'attachment-too-large'])

const refusalOf = (error: unknown): DomainError => {
  if (isPublishBodyError(error))
    return new DomainError(TOO_LARGE.has(error.code) ? 'too-large' : 'invalid-input', error.message)
  if (isPublishError(error)) return new DomainError('invalid-input', error.message)
  return shownRefusal(fromHttpLayer(error))
}

/** The statuses that npm's client knows a meaning of, where they differ from ours: it tells E403 as "you cannot publish over". */
const statusOf = (code: DomainError['code']): number => (code === 'version-immutable' ? 403 : ERRORS[code][0])

/**
 * npm's error form, `{ "error": sentence }`, which the client prints behind its own E{status}.
 * https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md
 */
export const sendNpmError = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
  logUnforeseen(request, error)
  const { code, message, retryAfter } = refusalOf(error)
  const status = statusOf(code)
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="waybill", Basic realm="waybill"')
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter))
  // what is left of an upload is not read: the connection cannot be used again
  if (!request.raw.complete) void reply.header('connection', 'close')
  const [, , next] = ERRORS[code]
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ error: `${message} ${next}`, code, requestId: request.id }))
}

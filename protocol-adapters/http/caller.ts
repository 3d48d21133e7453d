import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../commands/command.ts'
import type { Principal } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Gateway } from './gateway.ts'

/** The header by which a client waits for what was written elsewhere, and learns where its own write stands. */
export const POSITION_HEADER = 'waybill-position'
const AFTER_HEADER = 'waybill-after'

const KEY = /^[\x21-\x7e]{1,255}$/

/** Who asks: at once from memory where possible. */
export const principalOf = async (
  { authenticator }: Gateway,
  request: FastifyRequest,
): Promise<Principal | undefined> => {
  const known = authenticator.peek(request.raw)
  return known === 'ask' ? authenticator.authenticate(request) : known
}

/** The caller of a command, with the Idempotency-Key that the request carries. */
export const callerOf = (request: FastifyRequest, principal: Principal | undefined): Caller => {
  const key = request.headers['idempotency-key']
  if (key !== undefined && (typeof key !== 'string' || !KEY.test(key)))
    throw new DomainError('invalid-input', 'The Idempotency-Key must be 1 to 255 printable ASCII characters.')
  return { principal, correlationId: request.id, ...(key === undefined ? {} : { key }) }
}

/**
 * Waits for the position that `Waybill-After` names, so that a client reads what it or another wrote. After 2 s the answer
 * comes as it is, marked `Waybill-Stale: true`.
 */
export const waitForPosition = async (
  { progress }: Gateway,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> => {
  const after = request.headers[AFTER_HEADER]
  if (after === undefined) return
  if (typeof after !== 'string' || !/^\d{20}$/.test(after))
    throw new DomainError('invalid-input', 'Waybill-After must be a position that Waybill gave out.')
  if (!(await progress.reached(after))) void reply.header('waybill-stale', 'true')
}

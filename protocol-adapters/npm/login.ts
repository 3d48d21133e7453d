import { createToken } from '../../commands/access/create-token.ts'
import { revokeToken } from '../../commands/access/revoke-token.ts'
import { DomainError } from '../../domain/errors.ts'
import { instantOf } from '../../platform/clock.ts'
import { callerOf } from '../http/caller.ts'
import { recordCommand } from '../http/record-access.ts'
import { isJsonObject, stringMember } from './json-object.ts'
import { readJson, type NpmExchange, type Operation } from './npm-request.ts'

/** What a token is called in lists: the client, and the day it signed in. */
const tokenName = ({ gateway, request }: NpmExchange): string => {
  const client = (request.headers['user-agent'] ?? 'npm').split(' ').slice(0, 2).join(' ').slice(0, 100)
  return `${client}, ${instantOf(gateway.clock).slice(0, 10)}`
}

/**
 * Legacy sign-in, `PUT /-/user/org.couchdb.user:{name}` with `{ name, password }`: a token that acts for the account.
 * Accounts are made by administrators, never by signing in.
 */
export const signIn: Operation<'user', NpmExchange> = async (exchange, { user }) => {
  const { gateway, request, reply } = exchange
  const body = await readJson(request)
  if (!isJsonObject(body)) throw new DomainError('invalid-input', 'The body must be an object with name and password.')
  const name = stringMember(body, 'name') ?? user
  const password = stringMember(body, 'password')
  if (name !== user || password === undefined)
    throw new DomainError('invalid-input', 'The body must hold the name of the address and a password.')
  const principal = await gateway.authenticator.byPassword(name, password, request.raw)
  const { token } = await gateway.run(createToken, { name: tokenName(exchange) }, callerOf(request, principal))
  recordCommand(gateway, request, principal, createToken.name)
  return reply
    .code(201)
    .type('application/json')
    .send(JSON.stringify({ ok: true, id: `org.couchdb.user:${user}`, token }))
}

/** `npm logout`: revokes the token that the path holds. */
export const logOut: Operation<'user-token', NpmExchange> = async (exchange, { token }) => {
  const { gateway, request, reply } = exchange
  const principal = await gateway.authenticator.byToken(token, request.raw)
  const id = principal.via.replace(/^token:/, '')
  await gateway.run(revokeToken, { id }, callerOf(request, principal))
  recordCommand(gateway, request, principal, revokeToken.name)
  return reply
    .code(200)
    .type('application/json')
    .send(JSON.stringify({ ok: true }))
}

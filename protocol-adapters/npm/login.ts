import { createToken } from '../../commands/access/create-token.ts'
import { revokeToken } from '../../commands/access/revoke-token.ts'
import { DomainError } from '../../domain/errors.ts'
import { signInAddress } from '../http/authentication/sign-in-page.ts'
import { signIns } from '../http/authentication/sign-in.ts'
import { callerOf } from '../http/caller.ts'
import { originOf } from '../http/public-url.ts'
import { recordCommand } from '../http/record-access.ts'
import { isJsonObject, stringMember } from './json-object.ts'
import { readJson, type NpmExchange, type Operation } from './npm-request.ts'

/** Seconds until the client asks again whether somebody confirmed. */
const POLL_SECONDS = 1

/** `npm/11.6.0 node/v24.0.0 linux x64 …`: the program and what it runs on are enough to know it by. */
const clientName = ({ request }: NpmExchange): string =>
  (request.headers['user-agent'] ?? 'npm').split(' ').slice(0, 3).join(' ')

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
  const token = await signIns(gateway).tokenFor(principal, clientName(exchange), request.id)
  recordCommand(gateway, request, principal, createToken.name)
  return reply
    .code(201)
    .type('application/json')
    .send(JSON.stringify({ ok: true, id: `org.couchdb.user:${user}`, token }))
}

/**
 * Web sign-in, `POST /-/v1/login`: the client opens `loginUrl` for its person and polls `doneUrl`.
 * https://github.com/npm/registry/blob/main/docs/user/authentication.md and npm-profile's sources.
 */
export const beginWebLogin: Operation<'web-login', NpmExchange> = async (exchange) => {
  const { gateway, request, reply, base } = exchange
  const { id, secret } = await signIns(gateway).begin(
    clientName(exchange),
    gateway.authenticator.addressOf(request.raw),
  )
  const loginUrl = signInAddress(originOf(gateway.publicUrl, request), id)
  // in the query, which is never logged
  const doneUrl = `${base}/-/v1/done?session=${secret}`
  return reply.code(200).type('application/json').send(JSON.stringify({ loginUrl, doneUrl }))
}

/** 202 while nobody confirmed, then once 200 with the token. */
export const finishWebLogin: Operation<'web-login-done', NpmExchange> = async (exchange, route) => {
  const { gateway, request, reply } = exchange
  const { session } = request.query as Readonly<Record<string, unknown>>
  const secret = route.session ?? (typeof session === 'string' ? session : '')
  const answer = await signIns(gateway).take(secret, request.id)
  void reply.type('application/json').header('cache-control', 'no-store')
  switch (answer.state) {
    case 'pending':
      return reply.code(202).header('retry-after', String(POLL_SECONDS)).send('{}')
    case 'signed-in':
      return reply.code(200).send(JSON.stringify({ token: answer.token }))
    case 'expired':
      throw new DomainError('not-found', 'This sign-in has expired or was taken already. Run npm login again.')
  }
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

import { setPassword } from '../../commands/access/set-password.ts'
import { DomainError } from '../../domain/errors.ts'
import { findAccountRow } from '../../projections/accounts/queries.ts'
import { callerOf } from '../http/caller.ts'
import { recordCommand } from '../http/record-access.ts'
import { isJsonObject, member, stringMember } from './json-object.ts'
import { loginOf, readJson, requirePrincipal, sendJson, type NpmExchange, type Operation } from './npm-request.ts'

const profileOf = async (exchange: NpmExchange): Promise<object> => {
  const { accountId } = requirePrincipal(exchange)
  const account = await findAccountRow(exchange.gateway.sql, accountId)
  const created = account === undefined ? {} : { created: account.createdAt }
  return { name: await loginOf(exchange), email: '', email_verified: false, tfa: false, ...created }
}

/** `npm profile get`. Mail addresses and second factors are not kept here. */
export const readProfile: Operation<'profile', NpmExchange> = async (exchange) =>
  sendJson(exchange.reply, await profileOf(exchange))

/**
 * `npm profile set password`: `{ password: { old, new } }` among fields that are null. Everything else that npm can set is
 * personal, or a second factor, and not kept here.
 */
export const changeProfile: Operation<'profile', NpmExchange> = async (exchange) => {
  const { gateway, request, reply } = exchange
  const principal = requirePrincipal(exchange)
  const body = await readJson(request)
  if (!isJsonObject(body)) throw new DomainError('invalid-input', 'The body must be an object of what is to change.')
  const { password: change, ...others } = body
  const unkept = Object.keys(others).find((key) => ![null, undefined, ''].includes(member(others, key) as never))
  if (unkept !== undefined)
    throw new DomainError('unsupported', `A profile here has a name and a password; ${unkept} is not kept.`)
  if (!isJsonObject(change)) throw new DomainError('invalid-input', 'The body changes nothing that is kept here.')
  const [currentPassword, password] = [stringMember(change, 'old'), stringMember(change, 'new')]
  if (password === undefined) throw new DomainError('invalid-input', 'The new password must be a text.')
  const input = { password, ...(currentPassword === undefined ? {} : { currentPassword }) }
  await gateway.run(setPassword, input, callerOf(request, principal))
  recordCommand(gateway, request, principal, setPassword.name)
  return sendJson(reply, await profileOf(exchange))
}

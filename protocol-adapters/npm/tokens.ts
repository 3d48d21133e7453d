import { hash } from 'node:crypto'
import { createToken } from '../../commands/access/create-token.ts'
import { revokeToken } from '../../commands/access/revoke-token.ts'
import type { Principal } from '../../domain/access/authorise.ts'
import { DomainError, isDomainError } from '../../domain/errors.ts'
import { instantOf } from '../../platform/clock.ts'
import { listTokens, type TokenRow } from '../../projections/tokens/queries.ts'
import { callerOf } from '../http/caller.ts'
import { recordCommand } from '../http/record-access.ts'
import { loginOf, readJson, requirePrincipal, sendJson, type InRepositoryExchange } from './npm-request.ts'
import type { NpmExchange, Operation } from './npm-request.ts'
import { tokenRequestOf } from './token-request.ts'

/** What every secret begins with, which is all that is known of one later; npm shows it, and takes a whole secret by it. */
const SECRET_PREFIX = 'wbt_'

const PAGE = 100

const isReadOnly = ({ actions }: Pick<TokenRow, 'actions'>): boolean =>
  actions !== undefined && actions.every((action) => action === 'read' || action === 'read-history')

const shown = (row: TokenRow, name: string): object => ({
  key: row.tokenId,
  token: SECRET_PREFIX,
  name,
  created: row.createdAt,
  updated: row.createdAt,
  readonly: isReadOnly(row),
  automation: false,
  cidr_whitelist: row.cidrs ?? null,
  permissions: row.actions ?? null,
  scopes: row.scopes ?? null,
  expires: row.expiresAt ?? null,
})

/** `npm token list`: your own that were not revoked, page by page. */
export const readTokens: Operation<'tokens', NpmExchange> = async (exchange) => {
  const { gateway, request, reply } = exchange
  const { accountId } = requirePrincipal(exchange)
  const { after } = request.query as Readonly<Record<string, unknown>>
  const [createdAt, tokenId] = typeof after === 'string' ? after.split(' ') : []
  const cursor = createdAt === undefined || tokenId === undefined ? undefined : ([createdAt, tokenId] as const)
  const rows = await listTokens(gateway.sql, { accountId, after: cursor, limit: PAGE })
  const names = await gateway.vault.tokens.byIds(rows.map((row) => row.tokenId))
  const last = rows.length === PAGE ? rows.at(-1) : undefined
  const next = last && `/-/npm/v1/tokens?after=${encodeURIComponent(`${last.createdAt} ${last.tokenId}`)}`
  return sendJson(reply, {
    objects: rows.map((row) => shown(row, names.get(row.tokenId)?.name ?? '')),
    urls: next === undefined ? {} : { next },
  })
}

/** A token is made by a person, so its limits are those of the account and not those of the token that npm signs in with. */
const byPassword = async (exchange: NpmExchange, password: string): Promise<Principal> => {
  const { gateway, request } = exchange
  try {
    return await gateway.authenticator.byPassword(await loginOf(exchange), password, request.raw)
  } catch (error) {
    // npm would show a 401 as if the token in its configuration were at fault
    if (isDomainError(error) && error.code === 'unauthenticated')
      throw new DomainError('invalid-input', 'The password is not that of your account, or the account has none.')
    throw error
  }
}

/** `npm token create`. Sent twice it makes two tokens: npm does not repeat it by itself. */
export const makeToken: Operation<'tokens', InRepositoryExchange> = async (exchange) => {
  const { gateway, request, reply, repository } = exchange
  requirePrincipal(exchange)
  const now = gateway.clock.now()
  const { project, repository: name } = repository
  const { password, ...input } = tokenRequestOf(await readJson(request), { project, repository: name, now })
  const principal = await byPassword(exchange, password)
  const { id, token } = await gateway.run(createToken, input, callerOf(request, principal))
  recordCommand(gateway, request, principal, createToken.name)
  const created = instantOf(gateway.clock)
  const row = {
    tokenId: id,
    createdAt: created,
    expiresAt: undefined,
    actions: undefined,
    scopes: undefined,
    cidrs: undefined,
  }
  return sendJson(reply.code(201), {
    ...shown({ ...row, ...input, accountId: principal.accountId }, input.name),
    token,
  })
}

/** `npm token revoke`, by the key that the list shows or by the secret itself. */
export const endToken: Operation<'token', NpmExchange> = async (exchange, { key }) => {
  const { gateway, request, reply } = exchange
  const principal = requirePrincipal(exchange)
  const secret = key.startsWith(SECRET_PREFIX)
  const id = secret ? (await gateway.vault.tokens.byHash(hash('sha256', key)))?.tokenId : key
  if (id === undefined) throw new DomainError('not-found', 'There is no such token.')
  await gateway.run(revokeToken, { id }, callerOf(request, principal))
  recordCommand(gateway, request, principal, revokeToken.name)
  return sendJson(reply, { ok: true })
}

import type { Principal } from '../../../domain/access/authorise.ts'
import { DomainError } from '../../../domain/errors.ts'
import { inCidrs, type Cidr } from '../../../platform/config/cidr.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Log } from '../../../platform/log/log.ts'
import { clientAddress, type ArrivedRequest } from './client-address.ts'
import { credentialsIn, tokenCredentials } from './credentials.ts'
import { PasswordMemory } from './password-memory.ts'
import { badCredentials, Principals, type KnownPrincipal, type PrincipalSources } from './principals.ts'

/**
 * Tells who sent a request. What it throws: `unauthenticated` for bad credentials of any kind, `too-many-attempts` with the
 * seconds to wait, `unavailable`.
 */
export interface Authenticator {
  /** Undefined without an Authorization header. */
  authenticate(request: ArrivedRequest): Promise<Principal | undefined>
  /** The same without a promise when it is known at once; `ask` when `authenticate` must be called. */
  peek(request: ArrivedRequest): Principal | undefined | 'ask'
  /** For clients that send a token in a place of their own. */
  byToken(secret: string, request: ArrivedRequest): Promise<Principal>
  /** For clients that send a password in a place of their own, and for the sign-in page. */
  byPassword(login: string, password: string, request: ArrivedRequest): Promise<Principal>
  /** Somebody who proved elsewhere that the account is theirs. */
  ofAccount(accountId: string): Promise<Principal>
  addressOf(request: ArrivedRequest): string
}

export interface AuthenticatorOptions extends PrincipalSources {
  readonly clock: Clock
  readonly log: Log
  readonly trustedProxies: readonly Cidr[]
}

export const createAuthenticator = (options: AuthenticatorOptions): Authenticator => {
  const { vault, tail, clock, log, trustedProxies } = options
  const principals = new Principals(options)
  const memory = new PasswordMemory(clock)
  tail.onEvents((events) => {
    for (const { type, data } of events)
      if (type === 'AccountPasswordChanged' || type === 'AccountDisabled')
        memory.forget((data as { accountId: string }).accountId)
  })

  const addressOf = (request: ArrivedRequest): string => clientAddress(request, trustedProxies)

  const holds = ({ expiresAt, cidrs }: KnownPrincipal, request: ArrivedRequest): boolean =>
    expiresAt > clock.now() && (cidrs === undefined || inCidrs(cidrs, addressOf(request)))

  const verify = async (login: string, password: string, request: ArrivedRequest): Promise<string> => {
    const address = addressOf(request)
    const verdict = await vault.passwords.check({ login, password, address })
    if (verdict.outcome === 'right') return verdict.account.accountId
    log.info({ from: address, outcome: verdict.outcome }, 'a sign-in with a password was refused')
    if (verdict.outcome === 'wrong') throw badCredentials()
    throw new DomainError(
      'too-many-attempts',
      'There were too many failed sign-ins to this account or from this address.',
      {
        retryAfter: verdict.seconds,
      },
    )
  }

  const byPassword = async (login: string, password: string, request: ArrivedRequest): Promise<Principal> => {
    const recalled = memory.recall(login, password)
    if (recalled !== undefined) {
      const { principal } = await principals.ofAccount(recalled)
      // That asked the log, which may have told us to forget it.
      if (memory.recall(login, password) === recalled) return principal
    }
    const { forgotten } = memory
    const accountId = await verify(login, password, request)
    const { principal } = await principals.ofAccount(accountId)
    if (memory.forgotten === forgotten) memory.remember(login, password, accountId)
    return principal
  }

  const byToken = async (secret: string, request: ArrivedRequest): Promise<Principal> => {
    if (tokenCredentials(secret) === undefined) throw badCredentials()
    const known = await principals.ofToken(secret)
    if (!holds(known, request)) throw badCredentials()
    return known.principal
  }

  /** A client sends the same token again and again on its connection: hashing it is spared. */
  const lastTokens = new WeakMap<object, { readonly authorization: string; readonly key: string }>()

  const peekFor = ({ socket }: ArrivedRequest, authorization: string): KnownPrincipal | undefined => {
    const last = lastTokens.get(socket)
    if (last?.authorization === authorization) return principals.peekToken(last.key)
    const credentials = credentialsIn(authorization)
    if (credentials === undefined) return undefined
    if (credentials.kind === 'token') {
      const key = principals.tokenKey(credentials.secret)
      if (key === undefined) return undefined
      lastTokens.set(socket, { authorization, key })
      return principals.peekToken(key)
    }
    const accountId = memory.recall(credentials.login, credentials.password)
    return accountId === undefined ? undefined : principals.peekAccount(accountId)
  }

  return {
    addressOf,
    byPassword,
    byToken,
    ofAccount: async (accountId) => ({ ...(await principals.ofAccount(accountId)).principal, via: 'session' }),

    peek(request) {
      const { authorization } = request.headers
      if (authorization === undefined) return undefined
      const known = peekFor(request, authorization)
      return known !== undefined && holds(known, request) ? known.principal : 'ask'
    },

    async authenticate(request) {
      const { authorization } = request.headers
      if (authorization === undefined) return undefined
      const credentials = credentialsIn(authorization)
      if (credentials === undefined) throw badCredentials()
      return credentials.kind === 'token'
        ? await byToken(credentials.secret, request)
        : await byPassword(credentials.login, credentials.password, request)
    },
  }
}

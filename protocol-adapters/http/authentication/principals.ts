import type { Sql } from 'postgres'
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Limits, Principal } from '../../../domain/access/authorise.ts'
import { DomainError } from '../../../domain/errors.ts'
import { parseCidr, type Cidr } from '../../../platform/config/cidr.ts'
import type { RecordedEvent } from '../../../platform/event-store/event-store.ts'
import { FreshCache, type Affected } from '../../../platform/event-store/fresh-cache.ts'
import type { Tail } from '../../../platform/event-store/tail.ts'
import type { Vault } from '../../../platform/vault/vault.ts'
import { accountWithRoles, ROLE_CHANGES } from '../../../projections/accounts/queries.ts'
import type { ReadModelProgress } from '../../../projections/read-models.ts'
import { tokenById, type TokenRow } from '../../../projections/tokens/queries.ts'

/** A principal, and what must hold each time that its token is used. */
export interface KnownPrincipal {
  readonly principal: Principal
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Undefined: from anywhere. */
  readonly cidrs: readonly Cidr[] | undefined
}

export interface PrincipalSources {
  readonly vault: Vault
  readonly sql: Sql
  readonly tail: Tail
  readonly progress: ReadModelProgress
}

/** One sentence for all: it must not tell which part was wrong. */
export const badCredentials = (): DomainError =>
  new DomainError('unauthenticated', 'The credentials are not valid, or not any more.')

const affected = ({ type, data }: RecordedEvent): Affected => {
  if (type === 'TokenRevoked') return [tokenKey((data as { tokenId: string }).tokenId)]
  return ROLE_CHANGES.has(type) ? 'all' : undefined
}

const tokenKey = (tokenId: string): string => `token ${tokenId}`

const limitsOf = ({ actions, scopes }: TokenRow): Limits | undefined =>
  actions === undefined && scopes === undefined
    ? undefined
    : { ...(actions === undefined ? {} : { actions }), ...(scopes === undefined ? {} : { scopes }) }

/** Who stands behind an account or a token right now: from memory while the log confirms it, else from the read models. */
export class Principals {
  readonly #sources: PrincipalSources
  readonly #known: FreshCache<KnownPrincipal>
  /** Which token a secret is of never changes. */
  readonly #tokenIds = new LRUCache<string, string>({ max: 20_000 })

  constructor(sources: PrincipalSources) {
    this.#sources = sources
    this.#known = new FreshCache<KnownPrincipal>({
      tail: sources.tail,
      affects: affected,
      ready: async (position) => {
        // Rather no answer than one from before a revocation.
        if (await sources.progress.reached(position)) return true
        throw new DomainError('unavailable', 'Permissions were changed, and the read models have not caught up yet.')
      },
      maxEntries: 20_000,
    })
  }

  /** What `peekToken` knows a token by, once it was seen; it never changes. */
  tokenKey(secret: string): string | undefined {
    const tokenId = this.#tokenIds.get(hash('sha256', secret))
    return tokenId === undefined ? undefined : tokenKey(tokenId)
  }

  /** At once when it is known for sure. */
  peekToken(key: string): KnownPrincipal | undefined {
    return this.#known.peek(key)
  }

  peekAccount(accountId: string): KnownPrincipal | undefined {
    return this.#known.peek(`account ${accountId}`)
  }

  /** @throws {DomainError} `unauthenticated`: no such token, revoked, or its account is locked; `unavailable` */
  async ofToken(secret: string): Promise<KnownPrincipal> {
    const secretHash = hash('sha256', secret)
    let tokenId = this.#tokenIds.get(secretHash)
    if (tokenId === undefined) {
      const found = await this.#sources.vault.tokens.byHash(secretHash)
      if (found === undefined) throw badCredentials()
      tokenId = found.tokenId
      this.#tokenIds.set(secretHash, tokenId)
    }
    return await this.#ofTokenId(tokenId)
  }

  /** @throws {DomainError} `unauthenticated`: no such account, or it is locked; `unavailable` */
  ofAccount(accountId: string): Promise<KnownPrincipal> {
    return this.#known.get(`account ${accountId}`, async () => ({
      principal: await this.#load(accountId, 'password', undefined),
      expiresAt: Infinity,
      cidrs: undefined,
    }))
  }

  #ofTokenId(tokenId: string): Promise<KnownPrincipal> {
    return this.#known.get(tokenKey(tokenId), async () => {
      const token = await tokenById(this.#sources.sql, tokenId)
      if (token === undefined) throw badCredentials()
      return {
        principal: await this.#load(token.accountId, `token:${tokenId}`, limitsOf(token)),
        expiresAt: token.expiresAt === undefined ? Infinity : Date.parse(token.expiresAt),
        cidrs: token.cidrs?.map(parseCidr).filter((range) => range !== undefined),
      }
    })
  }

  async #load(accountId: string, via: string, limits: Limits | undefined): Promise<Principal> {
    const account = await accountWithRoles(this.#sources.sql, accountId)
    if (account?.status !== 'active') throw badCredentials()
    const { kind, grants } = account
    return { accountId, kind, via, grants, ...(limits === undefined ? {} : { limits }) }
  }
}

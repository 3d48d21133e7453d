import { hash } from 'node:crypto'
import { createToken } from '../../../commands/access/create-token.ts'
import type { RunCommand } from '../../../commands/run-command.ts'
import type { Principal } from '../../../domain/access/authorise.ts'
import { DomainError } from '../../../domain/errors.ts'
import { instantOf, type Clock } from '../../../platform/clock.ts'
import { newId, newSecret } from '../../../platform/ids.ts'
import type { Vault, VaultSignIn } from '../../../platform/vault/vault.ts'
import type { Authenticator } from './authenticator.ts'

export interface SignInSources {
  readonly vault: Vault
  readonly run: RunCommand
  readonly clock: Clock
  readonly authenticator: Authenticator
}

/** What the program that waits for a sign-in is told. */
export type SignInAnswer =
  | { readonly state: 'pending' }
  | { readonly state: 'signed-in'; readonly token: string }
  | { readonly state: 'expired' }

/**
 * Sign-ins that a program begins and a person confirms in a browser (npm's web login). Their state is in the vault, so that
 * each step may reach another gateway; the token is made only when the program takes it, so that it is nowhere kept.
 */
export interface SignIns {
  /**
   * `id` is for the address that the person opens, `secret` for the program to ask with.
   * @throws {DomainError} `too-many-attempts`: the address has too many that nobody confirmed
   */
  begin(clientName: string, clientAddress: string): Promise<{ readonly id: string; readonly secret: string }>
  /** Undefined: expired, or never begun. */
  show(id: string): Promise<VaultSignIn | undefined>
  /** Notes who signed in for it in the browser that holds `session`; false when it is too late for that. */
  identify(id: string, principal: Principal, session: string): Promise<boolean>
  /** Whether it is now, by the person who signed in with this session, confirmed. */
  confirm(id: string, session: string): Promise<boolean>
  /**
   * What became of the sign-in; the token is given once.
   * @throws {DomainError} `unauthenticated`: the account was locked meanwhile
   */
  take(secret: string, correlationId: string): Promise<SignInAnswer>
  /** A new token for a program that somebody signed in to, named after it. */
  tokenFor(principal: Principal, clientName: string, correlationId: string): Promise<string>
}

const LIFETIME = 600_000
const MOST_PER_ADDRESS = 20
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const sessionHash = (session: string): string => hash('sha256', session)

/** A name from outside, as it may stand in a list. */
const shownName = (name: string): string =>
  name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .toWellFormed()
    .trim()
    .slice(0, 100)
    .toWellFormed() || 'a program'

export const signIns = ({ vault, run, clock, authenticator }: SignInSources): SignIns => {
  const tokenFor = async (principal: Principal, clientName: string, correlationId: string): Promise<string> => {
    const name = `${shownName(clientName)}, ${instantOf(clock).slice(0, 10)}`
    const { token } = await run(createToken, { name }, { principal, correlationId })
    return token
  }

  return {
    tokenFor,

    async begin(clientName, clientAddress) {
      const [id, secret, begunAt] = [newId(), newSecret('wbs'), clock.now()]
      const secretHash = hash('sha256', secret)
      const expiresAt = begunAt + LIFETIME
      const begun = { id, secretHash, clientName: shownName(clientName), clientAddress, begunAt, expiresAt }
      if (await vault.signIns.begin(begun, MOST_PER_ADDRESS)) return { id, secret }
      throw new DomainError('too-many-attempts', 'This address began too many sign-ins that nobody confirmed.', {
        retryAfter: LIFETIME / 1000,
      })
    },

    async show(id) {
      return UUID.test(id) ? await vault.signIns.byId(id, clock.now()) : undefined
    },

    identify: (id, { accountId }, session) => vault.signIns.identify(id, accountId, sessionHash(session), clock.now()),

    confirm: (id, session) => vault.signIns.confirm(id, sessionHash(session), clock.now()),

    async take(secret, correlationId) {
      const found = await vault.signIns.byHash(hash('sha256', secret), clock.now())
      if (found?.state === 'pending' || found?.state === 'identified') return { state: 'pending' }
      if (found?.accountId === undefined || !(await vault.signIns.take(found.id, clock.now())))
        return { state: 'expired' }
      const principal = await authenticator.ofAccount(found.accountId)
      return { state: 'signed-in', token: await tokenFor(principal, found.clientName, correlationId) }
    },
  }
}

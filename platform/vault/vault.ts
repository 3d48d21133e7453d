/**
 * The vault port: personal data and secrets, in a primary Postgres table that is backed up and never rebuilt. Nothing of it
 * goes into events. Passwords go in and are compared; no function gives one, or its hash, out. Every function may throw
 * `unavailable`.
 */
export interface Vault {
  readonly accounts: AccountVault
  readonly passwords: PasswordVault
  readonly tokens: TokenVault
  readonly signIns: SignInVault
  readonly webhooks: WebhookVault
}

export interface VaultAccount {
  readonly accountId: string
  /** Lower case. */
  readonly login: string
  readonly kind: 'human' | 'service'
  /** False: nobody can sign in with a password. */
  readonly hasPassword: boolean
  /** False: the login is taken, but whether the account was ever created only the log knows. */
  readonly confirmed: boolean
  /** Milliseconds since the epoch. */
  readonly reservedAt: number
}

export interface NewVaultAccount {
  readonly accountId: string
  readonly login: string
  readonly kind: 'human' | 'service'
  readonly password?: string | undefined
}

export interface AccountVault {
  /**
   * Takes the login for the account, before the account is created in the log. True when it is now (or was already) this
   * account's, false when another's. A repeat with the same id changes nothing, not even the password.
   */
  reserve(account: NewVaultAccount): Promise<boolean>
  /** Notes that the log has the account. False: its reservation was released meanwhile, and it has no login. */
  confirm(accountId: string): Promise<boolean>
  /** Gives a login back whose account was never created; does nothing to a confirmed one. */
  release(accountId: string): Promise<void>
  byLogin(login: string): Promise<VaultAccount | undefined>
  byId(accountId: string): Promise<VaultAccount | undefined>
  /** The logins of many accounts, for lists and the audit trail. */
  logins(accountIds: readonly string[]): Promise<ReadonlyMap<string, string>>
}

/** Who gives a password: failures are counted against the login and against the address. */
export interface PasswordAttempt {
  readonly login: string
  readonly password: string
  /** IP address of the client; undefined: somebody who is signed in already. */
  readonly address?: string | undefined
}

export type PasswordVerdict =
  | { readonly outcome: 'right'; readonly account: VaultAccount }
  /** Also when there is no such login, or it has no password; it takes as long. */
  | { readonly outcome: 'wrong' }
  /** Nothing was compared: too many failures. `seconds`: when to try again. */
  | { readonly outcome: 'wait'; readonly seconds: number }

export interface PasswordVault {
  set(accountId: string, password: string): Promise<void>
  /** Gives an account that has none its password; of callers at the same time one succeeds. */
  setFirst(accountId: string, password: string): Promise<void>
  /** Throws `unavailable` while too many passwords wait to be compared. */
  check(attempt: PasswordAttempt): Promise<PasswordVerdict>
}

export interface VaultToken {
  readonly tokenId: string
  readonly accountId: string
  readonly name: string
  /** SHA-256 of the secret, lower-case hex. */
  readonly secretHash: string
}

export interface TokenVault {
  /** A repeat with the same secret changes nothing. */
  keep(token: VaultToken): Promise<void>
  byHash(secretHash: string): Promise<VaultToken | undefined>
  byIds(tokenIds: readonly string[]): Promise<ReadonlyMap<string, VaultToken>>
}

/**
 * A sign-in that a program began and a person confirms in a browser.
 * - `pending`: nobody has signed in for it yet · `identified`: `accountId` has, in the browser that `sessionHash` stands for
 * - `confirmed`: and said yes · `taken`: the program has its token
 */
export interface VaultSignIn {
  readonly id: string
  readonly clientName: string
  /** IP address. */
  readonly clientAddress: string
  readonly state: 'pending' | 'identified' | 'confirmed' | 'taken'
  readonly accountId: string | undefined
  readonly sessionHash: string | undefined
  /** Milliseconds since the epoch. */
  readonly begunAt: number
  readonly expiresAt: number
}

export interface NewSignIn {
  readonly id: string
  /** SHA-256 of the secret that the program asks with, lower-case hex. */
  readonly secretHash: string
  readonly clientName: string
  readonly clientAddress: string
  readonly begunAt: number
  readonly expiresAt: number
}

/** `now`: milliseconds since the epoch; a sign-in that expired before it is as if it never was. */
export interface SignInVault {
  /** Keeps it, unless the address has `most` others that nobody confirmed; forgets those that expired. */
  begin(signIn: NewSignIn, most: number): Promise<boolean>
  byId(id: string, now: number): Promise<VaultSignIn | undefined>
  byHash(secretHash: string, now: number): Promise<VaultSignIn | undefined>
  /** Notes who signed in for it, in place of whoever did before; false when it is confirmed already. */
  identify(id: string, accountId: string, sessionHash: string, now: number): Promise<boolean>
  /** From `identified` in this session to `confirmed`; false when it is not. */
  confirm(id: string, sessionHash: string, now: number): Promise<boolean>
  /** From `confirmed` to `taken`; of callers at the same time one gets true. */
  take(id: string, now: number): Promise<boolean>
  /** Forgets those that expired before `now`; returns how many. */
  forgetExpired(now: number): Promise<number>
}

/** A header that is sent with every delivery. `secret`: its value is shown to nobody. */
export interface WebhookHeader {
  readonly name: string
  readonly value: string
  readonly secret: boolean
}

export interface WebhookSecret {
  /** `whsec_` and base64, as Standard Webhooks has it. */
  readonly secret: string
  /** Milliseconds since the epoch until which it signs; undefined: the newest, which has no end. */
  readonly validUntil?: number
}

/** What of a webhook is secret. */
export interface VaultWebhook {
  readonly webhookId: string
  /** Grows with every change. */
  readonly version: number
  readonly url: string
  readonly headers: readonly WebhookHeader[]
  /** Those that sign now, newest first; a copy that is kept must leave out those that end meanwhile. */
  readonly secrets: readonly WebhookSecret[]
}

export interface NewVaultWebhook {
  readonly webhookId: string
  readonly url: string
  readonly headers: readonly WebhookHeader[]
  readonly secret: string
}

/** What is left out stays. `revision`: that of the event in the webhook's stream which says so. */
export interface WebhookChange {
  readonly revision: number
  readonly url?: string | undefined
  readonly headers?: readonly WebhookHeader[] | undefined
}

export interface WebhookRotation {
  readonly id: string
  readonly secret: string
  /** Milliseconds since the epoch. */
  readonly previousUntil: number
}

/**
 * Addresses, headers and signing secrets of webhooks, sealed with the secret key. Functions that open a row throw `unavailable`
 * with a sentence for the operator when it was sealed with another key.
 */
export interface WebhookVault {
  /**
   * Keeps it before it is created in the log. What was kept before under the id stays, and is the answer; undefined: it was
   * forgotten at that moment.
   */
  keep(webhook: NewVaultWebhook): Promise<VaultWebhook | undefined>
  load(webhookId: string): Promise<VaultWebhook | undefined>
  many(webhookIds: readonly string[]): Promise<ReadonlyMap<string, VaultWebhook>>
  /** Their versions, without opening anything; one that is missing was forgotten. */
  versions(webhookIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** A part that a later event has set already stays as that one set it. False: there is none. */
  update(webhookId: string, change: WebhookChange): Promise<boolean>
  /**
   * Signs with the secret from now on, and with those before until `previousUntil`. The answer is the secret that signs because
   * of this rotation: of two with one id the first stays. Undefined: there is no such webhook.
   */
  rotate(webhookId: string, rotation: WebhookRotation): Promise<string | undefined>
  /** A repeat does nothing. */
  forget(webhookId: string): Promise<void>
}

import type { Sql } from 'postgres'
import type { Clock } from '../clock.ts'
import { hashPassword } from './password-hash.ts'
import type { AccountVault, VaultAccount } from './vault.ts'

interface Row {
  readonly account_id: string
  readonly login: string
  readonly kind: 'human' | 'service'
  readonly password_hash: string | null
  readonly confirmed: boolean
  readonly reserved_at: Date
}

/** An account with its argon2id hash in PHC form, which does not leave this folder. */
interface AccountWithHash {
  readonly account: VaultAccount
  readonly passwordHash: string | undefined
}

/** Logins are kept in lower case, so that `Ada` is `ada`. */
export const findByLogin = async (sql: Sql, login: string): Promise<AccountWithHash | undefined> => {
  const [row] = await sql<Row[]>`select * from vault_accounts where login = ${login.toLowerCase()}`
  return row === undefined ? undefined : { account: accountOf(row), passwordHash: row.password_hash ?? undefined }
}

const accountOf = (row: Row): VaultAccount => ({
  accountId: row.account_id,
  login: row.login,
  kind: row.kind,
  hasPassword: row.password_hash !== null,
  confirmed: row.confirmed,
  reservedAt: row.reserved_at.getTime(),
})

export const accountVault = (sql: Sql, clock: Clock): AccountVault => {
  const byId = async (accountId: string): Promise<VaultAccount | undefined> => {
    const [row] = await sql<Row[]>`select * from vault_accounts where account_id = ${accountId}`
    return row === undefined ? undefined : accountOf(row)
  }
  const byLogin = async (login: string): Promise<VaultAccount | undefined> => (await findByLogin(sql, login))?.account

  return {
    byId,
    byLogin,

    async reserve({ accountId, login, kind, password }) {
      const holder = await byLogin(login)
      if (holder !== undefined) return holder.accountId === accountId
      const passwordHash = password === undefined ? null : await hashPassword(password)
      const reserved = await sql`
        insert into vault_accounts (account_id, login, kind, password_hash, reserved_at)
        values (${accountId}, ${login.toLowerCase()}, ${kind}, ${passwordHash}, ${new Date(clock.now())})
        on conflict do nothing`
      return reserved.count === 1 || (await byLogin(login))?.accountId === accountId
    },

    async confirm(accountId) {
      const confirmed = await sql`update vault_accounts set confirmed = true where account_id = ${accountId}`
      return confirmed.count === 1
    },

    async release(accountId) {
      await sql`delete from vault_accounts where account_id = ${accountId} and not confirmed`
    },

    async logins(accountIds) {
      const rows = await sql<Pick<Row, 'account_id' | 'login'>[]>`
        select account_id, login from vault_accounts where account_id = any(${[...accountIds]})`
      return new Map(rows.map((row) => [row.account_id, row.login]))
    },
  }
}

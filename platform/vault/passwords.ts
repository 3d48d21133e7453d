import type { Sql } from 'postgres'
import { newSecret } from '../ids.ts'
import { findByLogin } from './accounts.ts'
import type { GuessingGuard } from './guessing-guard.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import type { PasswordVault, VaultAccount } from './vault.ts'

/** Nobody has a longer one, so a longer one is wrong without being hashed. */
const MOST_BYTES = 1024

/** What can be a login at all; anything else is not looked up. */
const LOGIN = /^[a-z0-9._-]{1,64}$/

export const passwordVault = (sql: Sql, guard: GuessingGuard): PasswordVault => {
  // What an unknown login is compared with, so that it takes as long as a known one.
  const dummy = hashPassword(newSecret('none'))
  dummy.catch(() => undefined) // whoever awaits it below gets the error

  const compare = async (login: string, password: string): Promise<VaultAccount | undefined> => {
    if (Buffer.byteLength(password) > MOST_BYTES) return undefined
    const found = LOGIN.test(login) ? await findByLogin(sql, login) : undefined
    const same = await verifyPassword(found?.passwordHash ?? (await dummy), password)
    return same && found?.passwordHash !== undefined ? found.account : undefined
  }

  return {
    async set(accountId, password) {
      const passwordHash = await hashPassword(password)
      await sql`update vault_accounts set password_hash = ${passwordHash} where account_id = ${accountId}`
    },

    async setFirst(accountId, password) {
      const passwordHash = await hashPassword(password)
      await sql`
        update vault_accounts set password_hash = ${passwordHash}
        where account_id = ${accountId} and password_hash is null`
    },

    async check({ login: typed, password, address }) {
      const login = typed.slice(0, 65).toLowerCase()
      const attempt = guard.begin(login, address)
      if ('wait' in attempt) return { outcome: 'wait', seconds: attempt.wait }
      try {
        const account = await compare(login, password)
        if (account === undefined) return { outcome: 'wrong' }
        attempt.succeeded()
        return { outcome: 'right', account }
      } catch (error) {
        attempt.withdrawn()
        throw error
      }
    },
  }
}

import type { Sql } from 'postgres'
import type { Clock } from '../clock.ts'
import { accountVault } from './accounts.ts'
import { guessingGuard } from './guessing-guard.ts'
import { passwordVault } from './passwords.ts'
import { signInVault } from './sign-ins.ts'
import { tokenVault } from './tokens.ts'
import type { Vault } from './vault.ts'

export interface PostgresVaultOptions {
  /** The pool for what callers wait for. */
  readonly sql: Sql
  readonly clock: Clock
}

/** The vault in Postgres; `vaultMigrations` are its tables. */
export const openPostgresVault = ({ sql, clock }: PostgresVaultOptions): Vault => ({
  accounts: accountVault(sql, clock),
  passwords: passwordVault(sql, guessingGuard(clock)),
  tokens: tokenVault(sql),
  signIns: signInVault(sql),
})

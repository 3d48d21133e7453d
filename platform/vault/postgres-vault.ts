import type { Sql } from 'postgres'
import type { Clock } from '../clock.ts'
import { accountVault } from './accounts.ts'
import { guessingGuard } from './guessing-guard.ts'
import { passwordVault } from './passwords.ts'
import { noSealing, sealingWith } from './sealing.ts'
import { signInVault } from './sign-ins.ts'
import { tokenVault } from './tokens.ts'
import type { Vault } from './vault.ts'
import { webhookVault } from './webhook-secrets.ts'

export interface PostgresVaultOptions {
  /** The pool for what callers wait for. */
  readonly sql: Sql
  readonly clock: Clock
  /** What secrets are sealed with; without it nothing that is sealed can be used. */
  readonly secretKey?: Uint8Array
}

/** The vault in Postgres; `vaultMigrations` are its tables. */
export const openPostgresVault = ({ sql, clock, secretKey }: PostgresVaultOptions): Vault => ({
  accounts: accountVault(sql, clock),
  passwords: passwordVault(sql, guessingGuard(clock)),
  tokens: tokenVault(sql),
  signIns: signInVault(sql),
  webhooks: webhookVault(sql, clock, secretKey === undefined ? noSealing : sealingWith(secretKey)),
})

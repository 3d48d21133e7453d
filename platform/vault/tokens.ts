import type { Sql } from 'postgres'
import type { TokenVault, VaultToken } from './vault.ts'

interface Row {
  readonly secret_hash: string
  readonly token_id: string
  readonly account_id: string
  readonly name: string
}

const tokenOf = (row: Row): VaultToken => ({
  tokenId: row.token_id,
  accountId: row.account_id,
  name: row.name,
  secretHash: row.secret_hash,
})

/**
 * Keyed by the secret and not by the token: a command that is repeated after a crash keeps another secret for the same token,
 * and of two such repeats at once each may answer with its own.
 */
export const tokenVault = (sql: Sql): TokenVault => ({
  async keep({ tokenId, accountId, name, secretHash }) {
    await sql`
      insert into vault_tokens (secret_hash, token_id, account_id, name)
      values (${secretHash}, ${tokenId}, ${accountId}, ${name}) on conflict (secret_hash) do nothing`
  },

  async byHash(secretHash) {
    const [row] = await sql<Row[]>`select * from vault_tokens where secret_hash = ${secretHash}`
    return row === undefined ? undefined : tokenOf(row)
  },

  async byIds(tokenIds) {
    const rows = await sql<Row[]>`select * from vault_tokens where token_id = any(${[...tokenIds]})`
    return new Map(rows.map((row) => [row.token_id, tokenOf(row)]))
  },
})

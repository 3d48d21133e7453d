import type { Sql } from 'postgres'
import type { SignInVault, VaultSignIn } from './vault.ts'

interface Row {
  readonly id: string
  readonly client_name: string
  readonly client_address: string
  readonly state: VaultSignIn['state']
  readonly account_id: string | null
  readonly session_hash: string | null
  readonly begun_at: Date
  readonly expires_at: Date
}

const signInOf = (row: Row): VaultSignIn => ({
  id: row.id,
  clientName: row.client_name,
  clientAddress: row.client_address,
  state: row.state,
  accountId: row.account_id ?? undefined,
  sessionHash: row.session_hash ?? undefined,
  begunAt: row.begun_at.getTime(),
  expiresAt: row.expires_at.getTime(),
})

export const signInVault = (sql: Sql): SignInVault => ({
  async begin({ id, secretHash, clientName, clientAddress, begunAt, expiresAt }, most) {
    await sql`delete from vault_sign_ins where expires_at <= ${new Date(begunAt)}`
    const begun = await sql`
      insert into vault_sign_ins (id, secret_hash, client_name, client_address, begun_at, expires_at)
      select ${id}, ${secretHash}, ${clientName}, ${clientAddress}, ${new Date(begunAt)}, ${new Date(expiresAt)}
      where (select count(*) from vault_sign_ins
             where client_address = ${clientAddress} and state in ('pending', 'identified')) < ${most}`
    return begun.count === 1
  },

  async byId(id, now) {
    const [row] = await sql<Row[]>`
      select * from vault_sign_ins where id = ${id} and expires_at > ${new Date(now)}`
    return row === undefined ? undefined : signInOf(row)
  },

  async byHash(secretHash, now) {
    const [row] = await sql<Row[]>`
      select * from vault_sign_ins where secret_hash = ${secretHash} and expires_at > ${new Date(now)}`
    return row === undefined ? undefined : signInOf(row)
  },

  async identify(id, accountId, sessionHash, now) {
    const identified = await sql`
      update vault_sign_ins set state = 'identified', account_id = ${accountId}, session_hash = ${sessionHash}
      where id = ${id} and state in ('pending', 'identified') and expires_at > ${new Date(now)}`
    return identified.count === 1
  },

  async confirm(id, sessionHash, now) {
    const confirmed = await sql`
      update vault_sign_ins set state = 'confirmed'
      where id = ${id} and state = 'identified' and session_hash = ${sessionHash} and expires_at > ${new Date(now)}`
    return confirmed.count === 1
  },

  async take(id, now) {
    const taken = await sql`
      update vault_sign_ins set state = 'taken'
      where id = ${id} and state = 'confirmed' and expires_at > ${new Date(now)}`
    return taken.count === 1
  },

  async forgetExpired(now) {
    return (await sql`delete from vault_sign_ins where expires_at <= ${new Date(now)}`).count
  },
})

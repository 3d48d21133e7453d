import type { Sql } from 'postgres'
import type { Action } from '../../domain/access/authorise.ts'

/** A token that was not revoked; it may have expired. */
export interface TokenRow {
  readonly tokenId: string
  readonly accountId: string
  /** RFC 3339; undefined: never. */
  readonly expiresAt: string | undefined
  /** Undefined, here and below: does not limit. */
  readonly actions: readonly Action[] | undefined
  readonly scopes: readonly string[] | undefined
  readonly cidrs: readonly string[] | undefined
  readonly createdAt: string
}

interface Row {
  readonly token_id: string
  readonly account_id: string
  readonly expires_at: string | null
  readonly actions: string | null
  readonly scopes: string | null
  readonly cidrs: string | null
  readonly created_at: string
}

const listOf = (json: string | null): readonly string[] | undefined =>
  json === null ? undefined : (JSON.parse(json) as string[])

const tokenOf = (row: Row): TokenRow => ({
  tokenId: row.token_id,
  accountId: row.account_id,
  expiresAt: row.expires_at ?? undefined,
  actions: listOf(row.actions) as readonly Action[] | undefined,
  scopes: listOf(row.scopes),
  cidrs: listOf(row.cidrs),
  createdAt: row.created_at,
})

export const tokenById = async (sql: Sql, tokenId: string): Promise<TokenRow | undefined> => {
  const [row] = await sql<Row[]>`
    select token_id, account_id, expires_at, actions, scopes, cidrs, created_at from tokens
    where token_id = ${tokenId} and valid_to is null`
  return row === undefined ? undefined : tokenOf(row)
}

/** The tokens of an account, oldest first. */
export const tokensOf = async (sql: Sql, accountId: string): Promise<readonly TokenRow[]> => {
  const rows = await sql<Row[]>`
    select token_id, account_id, expires_at, actions, scopes, cidrs, created_at from tokens
    where account_id = ${accountId} and valid_to is null order by created_at, token_id`
  return rows.map(tokenOf)
}

/** Tokens after the cursor (exclusive), oldest first: of one account, or of all. */
export const listTokens = async (
  sql: Sql,
  {
    accountId,
    after,
    limit,
  }: {
    readonly accountId?: string | undefined
    readonly after?: readonly [createdAt: string, tokenId: string] | undefined
    readonly limit: number
  },
): Promise<readonly TokenRow[]> => {
  const rows = await sql<Row[]>`
    select token_id, account_id, expires_at, actions, scopes, cidrs, created_at from tokens
    where valid_to is null
      ${accountId === undefined ? sql`` : sql`and account_id = ${accountId}`}
      ${after === undefined ? sql`` : sql`and (created_at, token_id) > (${after[0]}, ${after[1]})`}
    order by created_at, token_id limit ${limit}`
  return rows.map(tokenOf)
}

import { listTokens, tokenById } from '../projections/tokens/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import type { Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { ActionEnum } from './enums.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import { AccountNameRef, TokenRef } from './nodes.ts'
import { accountIdFor, requireAction, requireSignedIn } from './require.ts'
import { managesSystem } from './visibility.ts'

builder.node(TokenRef, {
  description: 'A token that was not revoked. Its text was shown once, when it was made. Null does not limit.',
  id: { resolve: ({ tokenId }) => nodeId([tokenId]) },
  loadOne: async (id, { api, principal }) => {
    const tokenId = parseNodeId(id, 1)?.names[0]
    const row = tokenId === undefined ? undefined : await tokenById(api.sql, tokenId)
    if (row === undefined || principal === undefined) return null
    return row.accountId === principal.accountId || managesSystem(principal) ? row : null
  },
  fields: (t) => ({
    tokenId: t.exposeString('tokenId', { description: 'What RevokeToken takes as its id.' }),
    name: t.string({
      nullable: true,
      resolve: async ({ tokenId }, _, { loaders }) => (await loaders.vaultToken(tokenId))?.name ?? null,
    }),
    account: t.field({ type: AccountNameRef, resolve: ({ accountId }) => ({ accountId }) }),
    createdAt: t.expose('createdAt', { type: 'Instant' }),
    expiresAt: t.field({ type: 'Instant', nullable: true, resolve: ({ expiresAt }) => expiresAt ?? null }),
    expired: t.boolean({
      resolve: ({ expiresAt }, _, { api }) => expiresAt !== undefined && Date.parse(expiresAt) <= api.clock.now(),
    }),
    actions: t.field({
      type: [ActionEnum],
      nullable: true,
      resolve: ({ actions }) => (actions === undefined ? null : [...actions]),
    }),
    scopes: t.stringList({ nullable: true, resolve: ({ scopes }) => (scopes === undefined ? null : [...scopes]) }),
    cidrs: t.stringList({
      nullable: true,
      description: 'The networks it works from.',
      resolve: ({ cidrs }) => (cidrs === undefined ? null : [...cidrs]),
    }),
  }),
})

export const TokenConnection = builder.connectionObject({ type: TokenRef, name: 'TokenConnection' })

/** Whose tokens are asked for; undefined: everybody's. Those of others are for who manages the system. */
const ownerOf = async (
  context: Context,
  account: string | null | undefined,
  all: boolean | null | undefined,
): Promise<string | undefined> => {
  const own = requireSignedIn(context, 'tokens').accountId
  if (all === true) {
    requireAction(context, 'manage', {})
    return undefined
  }
  if (account === null || account === undefined) return own
  const accountId = await accountIdFor(context, account)
  if (accountId !== own) requireAction(context, 'manage', {})
  return accountId
}

builder.queryField('tokens', (t) =>
  t.field({
    type: TokenConnection,
    description: 'Your tokens, oldest first; for those who manage the system also those of others.',
    args: {
      account: t.arg.string({ description: 'Login or id of another account.' }),
      all: t.arg.boolean({ description: 'The tokens of all accounts.' }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: async (_, { account, all, ...page }, context) => {
      const accountId = await ownerOf(context, account, all)
      return connectionOf(page, {
        cursors: opaqueCursors('tokens', 2),
        fetch: (after, limit) =>
          listTokens(context.api.sql, { accountId, after: after as [string, string] | undefined, limit }),
        keyOf: ({ createdAt, tokenId }) => [createdAt, tokenId],
        visible: () => true,
        nodeOf: (row) => row,
      })
    },
  }),
)

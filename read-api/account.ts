import { findAccountRow, listAccounts } from '../projections/accounts/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import type { Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { AccountKindEnum, AccountStatusEnum, RoleEnum } from './enums.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import { AccountNameRef, AccountRef, GrantRef } from './nodes.ts'
import { accountIdFor, requireAction, requireSignedIn } from './require.ts'
import { managesSystem } from './visibility.ts'

AccountNameRef.implement({
  description: 'An account as others see it.',
  fields: (t) => ({
    accountId: t.exposeString('accountId'),
    login: t.string({
      nullable: true,
      description: 'Null when the account was erased, and for Waybill itself.',
      resolve: ({ accountId }, _, { loaders }) => loaders.login(accountId),
    }),
  }),
})

GrantRef.implement({
  description: 'A role on a scope: system, project, project/repository or project/repository:pattern.',
  fields: (t) => ({
    role: t.expose('role', { type: RoleEnum }),
    scope: t.exposeString('scope'),
  }),
})

const maySee = ({ principal }: Context, accountId: string): boolean =>
  principal?.accountId === accountId || managesSystem(principal)

builder.node(AccountRef, {
  description: 'An account of a person or a program. Seen by itself and by those who manage the system.',
  id: { resolve: ({ accountId }) => nodeId([accountId]) },
  loadOne: async (id, context) => {
    const accountId = parseNodeId(id, 1)?.names[0]
    if (accountId === undefined || !maySee(context, accountId)) return null
    return (await findAccountRow(context.api.sql, accountId)) ?? null
  },
  fields: (t) => ({
    accountId: t.exposeString('accountId'),
    login: t.string({
      nullable: true,
      resolve: ({ accountId }, _, { loaders }) => loaders.login(accountId),
    }),
    kind: t.expose('kind', { type: AccountKindEnum }),
    status: t.expose('status', { type: AccountStatusEnum }),
    createdAt: t.expose('createdAt', { type: 'Instant' }),
    grants: t.field({
      type: [GrantRef],
      description: 'Its roles, by itself and by its groups.',
      resolve: async ({ accountId }, _, { loaders }) => [...((await loaders.roles(accountId)) ?? [])],
    }),
    groups: t.stringList({
      resolve: async ({ accountId }, _, { loaders }) => [...((await loaders.groups(accountId)) ?? [])],
    }),
  }),
})

export const AccountConnection = builder.connectionObject({ type: AccountRef, name: 'AccountConnection' })

builder.queryField('account', (t) =>
  t.field({
    type: AccountRef,
    nullable: true,
    description: 'An account by its login or id: your own, or any for those who manage the system.',
    args: { account: t.arg.string({ required: true, description: 'Login or id.' }) },
    resolve: async (_, { account }, context) => {
      requireSignedIn(context, 'accounts')
      const accountId = await accountIdFor(context, account)
      return maySee(context, accountId) ? findAccountRow(context.api.sql, accountId) : null
    },
  }),
)

builder.queryField('accounts', (t) =>
  t.field({
    type: AccountConnection,
    description: 'All accounts, by id; for those who manage the system.',
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: (_, page, context) => {
      requireAction(context, 'manage', {})
      return connectionOf(page, {
        cursors: opaqueCursors('accounts', 1),
        fetch: (after, limit) => listAccounts(context.api.sql, after?.[0] ?? '', limit),
        keyOf: ({ accountId }) => [accountId],
        visible: () => true,
        nodeOf: (row) => row,
      })
    },
  }),
)

import type { Principal } from '../domain/access/authorise.ts'
import { builder } from './builder.ts'
import { waitFor } from './context.ts'
import { ActionEnum, ActorKindEnum } from './enums.ts'
import { GrantRef } from './nodes.ts'

const LimitsRef = builder.objectRef<NonNullable<Principal['limits']>>('Limits').implement({
  description: 'What a token is limited to, below what its account may do. Null does not limit.',
  fields: (t) => ({
    actions: t.field({
      type: [ActionEnum],
      nullable: true,
      resolve: ({ actions }) => (actions === undefined ? null : [...actions]),
    }),
    scopes: t.stringList({
      nullable: true,
      resolve: ({ scopes }) => (scopes === undefined ? null : [...scopes]),
    }),
  }),
})

const ViewerRef = builder.objectRef<Principal>('Viewer').implement({
  description: 'Who asks, with the roles of this moment.',
  fields: (t) => ({
    accountId: t.exposeString('accountId'),
    login: t.string({
      nullable: true,
      resolve: ({ accountId }, _, { loaders }) => loaders.login(accountId),
    }),
    kind: t.expose('kind', { type: ActorKindEnum }),
    via: t.exposeString('via', { description: 'How it signed in: password, session or token:<id>.' }),
    grants: t.field({ type: [GrantRef], resolve: ({ grants }) => [...grants] }),
    limits: t.field({ type: LimitsRef, nullable: true, resolve: ({ limits }) => limits ?? null }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    nullable: true,
    description: 'You; null without credentials.',
    args: { after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }) },
    resolve: async (_, { after }, context) => {
      await waitFor(context, after)
      return context.principal ?? null
    },
  }),
)

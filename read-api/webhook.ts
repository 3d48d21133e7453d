import { allows, type Principal } from '../domain/access/authorise.ts'
import { resourceOf } from '../domain/access/scope.ts'
import type { WebhookHeader } from '../platform/vault/vault.ts'
import { findWebhook, listWebhooks, type WebhookPause, type WebhookRow } from '../projections/webhooks/queries.ts'
import { builder } from './builder.ts'
import { connectionOf, type Connection, type PageArguments } from './connection.ts'
import { waitFor, type Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { WebhookStateEnum } from './enums.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import { AccountNameRef, ProjectRef, RepositoryRef, WebhookRef } from './nodes.ts'
import { placeNamed } from './place.ts'
import { requireSignedIn } from './require.ts'
import { reachesOf } from './visibility.ts'

/** A webhook is for those who manage its scope: it tells where others are told of what happens there. */
const maySeeWebhook = (principal: Principal | undefined, { scope }: WebhookRow): boolean =>
  principal !== undefined && allows(principal, 'manage', resourceOf(scope))

/** The webhook for this viewer; undefined when there is none or its scope is not theirs to manage. */
export const webhookFor = async ({ api, principal }: Context, webhookId: string): Promise<WebhookRow | undefined> => {
  if (principal === undefined) return undefined
  const row = await findWebhook(api.sql, webhookId)
  return row !== undefined && maySeeWebhook(principal, row) ? row : undefined
}

const WebhookHeaderRef = builder.objectRef<WebhookHeader>('WebhookHeader').implement({
  description: 'A header that is sent with every delivery.',
  fields: (t) => ({
    name: t.exposeString('name'),
    value: t.string({
      nullable: true,
      description: 'Null when it is secret.',
      resolve: ({ value, secret }) => (secret ? null : value),
    }),
    secret: t.exposeBoolean('secret'),
  }),
})

const WebhookPauseRef = builder.objectRef<WebhookPause>('WebhookPause').implement({
  description: 'Why Waybill delivers no more until somebody sets the webhook active again.',
  fields: (t) => ({
    reason: t.exposeString('reason'),
    failingSince: t.expose('failingSince', { type: 'Instant' }),
    at: t.expose('at', { type: 'Instant' }),
  }),
})

builder.node(WebhookRef, {
  description: 'Sends events to an address as they happen. Seen by those who manage its scope.',
  id: { resolve: ({ webhookId }) => nodeId([webhookId]) },
  loadOne: async (id, context) => {
    const webhookId = parseNodeId(id, 1)?.names[0]
    return webhookId === undefined ? null : ((await webhookFor(context, webhookId)) ?? null)
  },
  fields: (t) => ({
    webhookId: t.exposeString('webhookId', { description: 'What the commands on webhooks take as their id.' }),
    name: t.exposeString('name'),
    scope: t.exposeString('scope', { description: 'system, project or project/repository.' }),
    state: t.field({
      type: WebhookStateEnum,
      resolve: ({ active, paused }) => (!active ? 'inactive' : paused === undefined ? 'active' : 'paused'),
    }),
    origin: t.exposeString('origin', { description: 'Scheme, host and port of the address.' }),
    url: t.string({
      nullable: true,
      description: 'Null when the vault has lost it.',
      resolve: async ({ webhookId }, _, { loaders }) => (await loaders.vaultWebhook(webhookId))?.url ?? null,
    }),
    headers: t.field({
      type: [WebhookHeaderRef],
      resolve: async ({ webhookId }, _, { loaders }) => [...((await loaders.vaultWebhook(webhookId))?.headers ?? [])],
    }),
    events: t.stringList({
      nullable: true,
      description: 'Types of events, or how they begin (Package*); null: all of them.',
      resolve: ({ events }) => (events === undefined ? null : [...events]),
    }),
    pause: t.field({ type: WebhookPauseRef, nullable: true, resolve: ({ paused }) => paused ?? null }),
    creator: t.field({
      type: AccountNameRef,
      description: 'What this account may read is what is delivered.',
      resolve: ({ creatorId }) => ({ accountId: creatorId }),
    }),
    createdAt: t.expose('createdAt', { type: 'Instant' }),
    updatedAt: t.expose('updatedAt', { type: 'Instant' }),
  }),
})

export const WebhookConnection = builder.connectionObject({ type: WebhookRef, name: 'WebhookConnection' })

const webhooksOf = (
  { api, principal }: Context,
  page: PageArguments,
  place: { readonly project?: string; readonly repository?: string },
): Promise<Connection<WebhookRow>> =>
  connectionOf(page, {
    cursors: opaqueCursors('webhooks', 2),
    fetch: (after, limit) =>
      listWebhooks(api.sql, {
        ...place,
        reaches: reachesOf(principal),
        after: after as [string, string] | undefined,
        limit,
      }),
    keyOf: ({ createdAt, webhookId }) => [createdAt, webhookId],
    visible: (row) => maySeeWebhook(principal, row),
    nodeOf: (row) => row,
  })

builder.objectField(ProjectRef, 'webhooks', (t) =>
  t.field({
    type: WebhookConnection,
    description: 'The webhooks of the project and its repositories that you manage, as they are today.',
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: ({ project }, page, context) => webhooksOf(context, page, { project }),
  }),
)

builder.objectField(RepositoryRef, 'webhooks', (t) =>
  t.field({
    type: WebhookConnection,
    description: 'The webhooks of the repository, if you manage it, as they are today.',
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: ({ project, repository }, page, context) => webhooksOf(context, page, { project, repository }),
  }),
)

builder.queryField('webhooks', (t) =>
  t.field({
    type: WebhookConnection,
    description: 'The webhooks whose scope you manage, oldest first: of one place, or of all.',
    args: {
      project: t.arg.string({ description: 'With those of its repositories.' }),
      repository: t.arg.string({ description: 'Together with project.' }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: (_, { project, repository, ...page }, context) => {
      requireSignedIn(context, 'webhooks')
      return webhooksOf(context, page, placeNamed(project ?? undefined, repository ?? undefined))
    },
  }),
)

builder.queryField('webhook', (t) =>
  t.field({
    type: WebhookRef,
    nullable: true,
    description: 'A webhook by the id that CreateWebhook gave; null when there is none whose scope you manage.',
    args: {
      id: t.arg.string({ required: true }),
      after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }),
    },
    resolve: async (_, { id, after }, context) => {
      await waitFor(context, after)
      return webhookFor(context, id)
    },
  }),
)

import { listAudit, type AuditRow } from '../projections/audit/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import { positionCursors } from './cursor.ts'
import { ActorKindEnum, OrderEnum } from './enums.ts'
import { EventRef, type EventNode } from './nodes.ts'
import { placeNamed } from './place.ts'
import { accountIdFor, requireAction } from './require.ts'

/** The data of an event may be 10 kB. */
const DATA_COST = 5

const ActorRef = builder.objectRef<EventNode>('Actor').implement({
  description: 'Who acted.',
  fields: (t) => ({
    accountId: t.string({
      description: 'The id of the account; for Waybill itself the name of the part that acted.',
      resolve: ({ row }) => row.actorId,
    }),
    login: t.string({
      nullable: true,
      description: 'Null when the account was erased, and for Waybill itself.',
      resolve: ({ row }, _, { loaders }) => loaders.login(row.actorId),
    }),
    kind: t.field({ type: ActorKindEnum, resolve: ({ row }) => row.actorKind as 'human' | 'service' | 'system' }),
    via: t.string({
      nullable: true,
      description: 'password, session, token:<id> or system; null for those who may not read the audit trail there.',
      resolve: ({ row, audited }) => (audited ? row.actorVia : null),
    }),
  }),
})

EventRef.implement({
  description: 'A change, as the log has it for ever.',
  fields: (t) => ({
    position: t.field({ type: 'Position', resolve: ({ row }) => row.position }),
    eventId: t.string({ resolve: ({ row }) => row.eventId }),
    type: t.string({ resolve: ({ row }) => row.type }),
    at: t.field({ type: 'Instant', resolve: ({ row }) => row.at }),
    actor: t.field({ type: ActorRef, resolve: (event) => event }),
    stream: t.string({ resolve: ({ row }) => row.stream }),
    revision: t.field({ type: 'Long', resolve: ({ row }) => row.revision }),
    correlationId: t.string({
      description: 'The request that began the story this event belongs to.',
      resolve: ({ row }) => row.correlationId,
    }),
    causationId: t.string({
      description: 'What led directly to this event.',
      resolve: ({ row }) => row.causationId,
    }),
    project: t.string({ nullable: true, resolve: ({ row }) => row.project }),
    repository: t.string({ nullable: true, resolve: ({ row }) => row.repository }),
    subject: t.string({
      nullable: true,
      description: 'The thing it is about, in the words its users know it by.',
      resolve: ({ row }) => row.subject,
    }),
    data: t.field({ type: 'JSON', complexity: DATA_COST, resolve: ({ row }) => row.data }),
  }),
})

export const EventConnection = builder.connectionObject({ type: EventRef, name: 'AuditEventConnection' })

const orUndefined = <T>(value: T | null | undefined): T | undefined => value ?? undefined

builder.queryField('auditTrail', (t) =>
  t.field({
    type: EventConnection,
    description:
      'Who did what to which thing, newest first. Needs the action "audit" on the repository or project asked for, or on ' +
      'the system when none is. Every argument that is given must hold.',
    args: {
      project: t.arg.string(),
      repository: t.arg.string({ description: 'Together with project.' }),
      actor: t.arg.string({ description: 'Login or id.' }),
      type: t.arg.string({ description: 'An event type like PackageVersionPublished, or Package*.' }),
      types: t.arg.stringList({ description: 'One of these types.' }),
      stream: t.arg.string(),
      correlation: t.arg.string({ description: 'All events of one story.' }),
      since: t.arg({ type: 'Instant', description: 'Inclusive.' }),
      until: t.arg({ type: 'Instant', description: 'Exclusive.' }),
      order: t.arg({ type: OrderEnum, defaultValue: 'desc' }),
      first: t.arg.int(),
      after: t.arg.string({ description: 'A cursor, or any position of the log.' }),
    },
    resolve: async (_, args, context) => {
      const [project, repository] = [orUndefined(args.project), orUndefined(args.repository)]
      requireAction(context, 'audit', placeNamed(project, repository))
      const types = [...(args.types ?? []), ...(typeof args.type === 'string' ? [args.type] : [])]
      const filter = {
        project,
        repository,
        actorId: typeof args.actor === 'string' ? await accountIdFor(context, args.actor) : undefined,
        types: types.length === 0 ? undefined : types,
        stream: orUndefined(args.stream),
        correlationId: orUndefined(args.correlation),
        since: orUndefined(args.since),
        until: orUndefined(args.until),
      }
      const newestFirst = args.order === 'desc'
      return connectionOf(args, {
        cursors: positionCursors,
        fetch: (after, limit) => listAudit(context.api.sql, filter, { after: after?.[0], newestFirst, limit }),
        keyOf: ({ position }: AuditRow) => [position],
        visible: () => true,
        nodeOf: (row): EventNode => ({ row, audited: true }),
      })
    },
  }),
)

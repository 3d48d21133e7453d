import { findJob, JOB_STATES, listJobs, listProcessManagers } from '../projections/jobs/queries.ts'
import type { JobRow, ProcessManagerRow } from '../projections/jobs/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import { opaqueCursors, type Key } from './cursor.ts'
import { requireAction } from './require.ts'

const JobStateEnum = builder.enumType('JobState', {
  description:
    'PENDING: waits in the database. QUEUED: in the queue or being carried out, seen a second or so late. DEAD: nobody ' +
    'tries it any more.',
  values: Object.fromEntries(JOB_STATES.map((value) => [value.toUpperCase(), { value }])) as {
    [K in (typeof JOB_STATES)[number] as Uppercase<K>]: { value: K }
  },
})

const JobRef = builder.objectRef<JobRow>('Job').implement({
  description: 'Work that is to be done because of what happened.',
  fields: (t) => ({
    jobId: t.exposeString('id', { description: 'What RetryJob and DropJob take as their id.' }),
    kind: t.exposeString('kind'),
    manager: t.exposeString('manager', { description: 'The process manager that wants it.' }),
    lane: t.exposeString('lane', { description: 'Jobs of a lane share a place in the queue.' }),
    key: t.exposeString('key', { nullable: true, description: 'Jobs of a kind and key are carried out in order.' }),
    priority: t.exposeString('priority'),
    state: t.expose('state', { type: JobStateEnum }),
    attempts: t.exposeInt('attempts', { description: 'Tries that failed.' }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why the last try failed.' }),
    createdAt: t.expose('createdAt', { type: 'Instant' }),
    notBefore: t.expose('notBefore', { type: 'Instant', nullable: true }),
  }),
})

const JobConnection = builder.connectionObject({ type: JobRef, name: 'JobConnection' })

const ProcessManagerRef = builder.objectRef<ProcessManagerRow>('ProcessManager').implement({
  description: 'Follows the log and decides what is to be done.',
  fields: (t) => ({
    name: t.exposeString('name'),
    version: t.exposeInt('version'),
    position: t.expose('position', { type: 'Position', description: 'How far it has come, a second or so late.' }),
    halted: t.exposeString('halted', { nullable: true, description: 'Why it stands still at the event after that.' }),
    updatedAt: t.expose('updatedAt', { type: 'Instant' }),
  }),
})

const orUndefined = <T>(value: T | null | undefined): T | undefined => value ?? undefined

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const opaque = opaqueCursors('jobs', 1)
const cursors = {
  ...opaque,
  keyOf: (cursor: string): Key => {
    const key = opaque.keyOf(cursor)
    // what somebody made up is refused like the cursor of another list, before the database sees it
    return /^\d{1,18}$/.test(key[0] ?? '') ? key : opaque.keyOf('')
  },
}

builder.queryField('jobs', (t) =>
  t.field({
    type: JobConnection,
    description: 'Jobs that are not over, the oldest first. For those who manage the system.',
    args: {
      kind: t.arg.string(),
      state: t.arg({ type: JobStateEnum }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: async (_, { kind, state, ...page }, context) => {
      requireAction(context, 'manage', {})
      const filter = { kind: orUndefined(kind), state: orUndefined(state) }
      return connectionOf(page, {
        cursors,
        fetch: (after, limit) => listJobs(context.api.sql, filter, { after: after?.[0], limit }),
        keyOf: ({ order }) => [order],
        visible: () => true,
        nodeOf: (row) => row,
      })
    },
  }),
)

builder.queryField('job', (t) =>
  t.field({
    type: JobRef,
    nullable: true,
    description: 'Null when there is none, or it is over. For those who manage the system.',
    args: { id: t.arg.string({ required: true }) },
    resolve: async (_, { id }, context) => {
      requireAction(context, 'manage', {})
      return UUID.test(id) ? ((await findJob(context.api.sql, id)) ?? null) : null
    },
  }),
)

builder.queryField('processManagers', (t) =>
  t.field({
    type: [ProcessManagerRef],
    description: 'For those who manage the system.',
    resolve: async (_, __, context) => {
      requireAction(context, 'manage', {})
      return [...(await listProcessManagers(context.api.sql))]
    },
  }),
)

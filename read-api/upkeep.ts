import {
  listUpkeepRuns,
  listUpkeepTasks,
  type UpkeepRunRow,
  type UpkeepTaskRow,
} from '../projections/upkeep/queries.ts'
import { builder } from './builder.ts'
import { requireAction } from './require.ts'

const MOST_RUNS = 100

const instantOrNull = (date: Date | null): string | null => date?.toISOString() ?? null

const UpkeepRunRef = builder.objectRef<UpkeepRunRow>('UpkeepRun').implement({
  fields: (t) => ({
    beganAt: t.field({ type: 'Instant', resolve: ({ beganAt }) => beganAt.toISOString() }),
    endedAt: t.field({ type: 'Instant', resolve: ({ endedAt }) => endedAt.toISOString() }),
    freed: t.expose('freed', { type: 'Long', nullable: true, description: 'How many things it removed.' }),
    error: t.exposeString('error', { nullable: true, description: 'Why it failed.' }),
  }),
})

const UpkeepTaskRef = builder.objectRef<UpkeepTaskRow>('UpkeepTask').implement({
  description: 'Work that keeps a Waybill from growing without end.',
  fields: (t) => ({
    name: t.exposeString('name'),
    summary: t.exposeString('summary'),
    schedule: t.exposeString('schedule', { description: 'A cron pattern, in UTC.' }),
    nextAt: t.field({ type: 'Instant', resolve: ({ nextAt }) => nextAt.toISOString() }),
    beganAt: t.field({
      type: 'Instant',
      nullable: true,
      description: 'The last time, also when it is being done.',
      resolve: ({ beganAt }) => instantOrNull(beganAt),
    }),
    failures: t.exposeInt('failures', { description: 'In a row.' }),
    runs: t.field({
      type: [UpkeepRunRef],
      description: 'The last ones, newest first; kept for 30 days.',
      args: { first: t.arg.int({ defaultValue: 10 }) },
      resolve: async ({ name }, { first }, { api }) => [
        ...(await listUpkeepRuns(api.sql, name, Math.max(0, Math.min(first ?? 10, MOST_RUNS)))),
      ],
    }),
  }),
})

builder.queryField('upkeep', (t) =>
  t.field({
    type: [UpkeepTaskRef],
    description: 'For those who manage the system.',
    resolve: async (_, __, context) => {
      requireAction(context, 'manage', {})
      return [...(await listUpkeepTasks(context.api.sql))]
    },
  }),
)

import { instantAt } from '../projections/log-clock/queries.ts'
import { builder } from './builder.ts'
import { waitFor } from './context.ts'
import { requireSignedIn } from './require.ts'

builder.queryField('position', (t) =>
  t.field({
    type: 'Position',
    nullable: true,
    description: 'How far the read models are in the log. For those who are signed in.',
    args: { after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }) },
    resolve: async (_, { after }, context) => {
      requireSignedIn(context, 'the position of the log')
      await waitFor(context, after)
      return context.api.progress.position
    },
  }),
)

builder.queryField('instant', (t) =>
  t.field({
    type: 'Instant',
    nullable: true,
    description: 'When the log was at the position; null before its first event. For those who are signed in.',
    args: { position: t.arg({ type: 'Position', required: true }) },
    resolve: (_, { position }, context) => {
      requireSignedIn(context, 'the clock of the log')
      return instantAt(context.api.sql, position)
    },
  }),
)

import { eventFilter, type EventFilter } from '../domain/live/event-filter.ts'
import type { Position } from '../platform/event-store/event-store.ts'
import { followEvents, requireListening } from '../protocol-adapters/http/live-events/follow-events.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { eventNodeOf } from './event-sight.ts'
import { createLoaders } from './loaders.ts'
import { EventRef, type EventNode } from './nodes.ts'

async function* follow(context: Context, filter: EventFilter, after: Position): AsyncGenerator<EventNode, void, void> {
  const { api, http, signal } = context
  await requireListening(api, context.principal, filter)
  const principalOf = async () => (context.principal = await api.principalOf(http))
  for await (const { seen } of followEvents(api, { filter, principalOf, signal }, after)) {
    if (seen === undefined) context.loaders = createLoaders(api)
    else yield eventNodeOf(seen)
  }
}

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventRef,
    description:
      'Changes as they happen, or from a position on: those of things you may read, and where you may read the audit ' +
      'trail all of them. Take the position of the last one as "after" to go on where you stopped.',
    args: {
      project: t.arg.string(),
      repository: t.arg.string({ description: 'Together with project.' }),
      types: t.arg.stringList({ description: 'PackageVersionPublished, or Package*.' }),
      after: t.arg({ type: 'Position', description: 'Events after it; without it those that come from now on.' }),
    },
    subscribe: (_, { project, repository, types, after }, context) => {
      const filter = eventFilter({
        project: project ?? undefined,
        repository: repository ?? undefined,
        types: types ?? undefined,
      })
      return follow(context, filter, after ?? context.api.tail.position)
    },
    resolve: (event) => event,
  }),
)

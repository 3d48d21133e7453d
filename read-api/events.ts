import { DomainError } from '../domain/errors.ts'
import type { Position } from '../platform/event-store/event-store.ts'
import { auditRowOf, type AuditRow } from '../projections/audit/queries.ts'
import { findProject } from '../projections/projects/queries.ts'
import { builder } from './builder.ts'
import { createLoaders } from './loaders.ts'
import type { Context } from './context.ts'
import { eventFor } from './event-sight.ts'
import { EventRef, type EventNode } from './nodes.ts'
import { placeNamed } from './place.ts'
import { maySeeProject, maySeeRepository } from './visibility.ts'

interface Wanted {
  readonly project: string | undefined
  readonly repository: string | undefined
  readonly types: readonly RegExp[] | undefined
}

/** A type, or a beginning of types with a star at its end. */
const typePattern = (type: string): RegExp => {
  if (!/^[A-Za-z]+\*?$|^\*$/.test(type)) throw new DomainError('invalid-input', `${type} is no type of events.`)
  return new RegExp(`^${type.replace('*', '.*')}$`)
}

const isWanted = ({ project, repository, types }: Wanted, row: AuditRow): boolean =>
  (project === undefined || row.project === project) &&
  (repository === undefined || row.repository === repository) &&
  (types === undefined || types.some((type) => type.test(row.type)))

/** Whoever may see nothing there is told so, instead of waiting for ever. */
const requireVisible = async ({ api, principal }: Context, { project, repository }: Wanted): Promise<void> => {
  if (project === undefined) return
  const visible =
    repository === undefined
      ? maySeeProject(principal, project, (await findProject(api.sql, project))?.open === true)
      : maySeeRepository(principal, {
          project,
          repository,
          open: (await api.repositories.find(project, repository))?.public === true,
        })
  if (visible) return
  const place = [project, repository].filter((part) => part !== undefined).join('/')
  if (principal === undefined) throw new DomainError('unauthenticated', `Credentials are needed for ${place}.`)
  throw new DomainError('not-found', `There is no ${place}.`)
}

/**
 * Events as they come, each authorised at the moment it is given out: the credentials are looked at again, so that what was
 * revoked meanwhile ends the stream or thins it out. Nothing is read from the log before the client has taken what came
 * before. An event is given out once the read models show what it did.
 */
async function* follow(context: Context, wanted: Wanted, after: Position): AsyncGenerator<EventNode, void, void> {
  const { api, http, signal } = context
  await requireVisible(context, wanted)
  for await (const { events } of api.tail.follow(after, { signal, batchSize: 100 })) {
    context.loaders = createLoaders(api)
    for (const row of events.map(auditRowOf).filter((one) => isWanted(wanted, one))) {
      while (!signal.aborted && !(await api.progress.reached(row.position)));
      context.principal = await api.principalOf(http)
      const seen = await eventFor(context, row)
      if (seen !== undefined) yield seen
    }
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
      placeNamed(project ?? undefined, repository ?? undefined)
      const wanted = {
        project: project ?? undefined,
        repository: repository ?? undefined,
        types: types?.map(typePattern),
      }
      return follow(context, wanted, after ?? context.api.tail.position)
    },
    resolve: (event) => event,
  }),
)

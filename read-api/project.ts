import { END } from '../platform/event-store/event-store.ts'
import type { AsOf } from '../projections/as-of.ts'
import { findProject, listProjects } from '../projections/projects/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import { boundOf, waitFor, type Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import { ProjectRef, type ProjectNode } from './nodes.ts'
import { maySeeProject, reachesOf } from './visibility.ts'

/** The project for this viewer; undefined when there is none or nothing in it may be read. */
export const projectFor = async (
  { api, principal }: Context,
  name: string,
  asOf: AsOf,
): Promise<ProjectNode | undefined> => {
  const row = await findProject(api.sql, name, asOf)
  if (row === undefined || !maySeeProject(principal, name, row.open)) return undefined
  return { ...row, asOf }
}

builder.node(ProjectRef, {
  description: 'The home of repositories.',
  id: { resolve: ({ project, asOf }) => nodeId([project], asOf) },
  loadOne: async (id, context) => {
    const parsed = parseNodeId(id, 1)
    if (parsed === undefined) return null
    return (await projectFor(context, parsed.names[0] as string, await boundOf(context, parsed.asOf, END))) ?? null
  },
  fields: (t) => ({
    name: t.exposeString('project'),
    description: t.exposeString('description', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'Instant' }),
  }),
})

export const ProjectConnection = builder.connectionObject({ type: ProjectRef, name: 'ProjectConnection' })

builder.queryField('project', (t) =>
  t.field({
    type: ProjectRef,
    nullable: true,
    description: 'A project by its name; null when there is none that you may see.',
    args: {
      name: t.arg.string({ required: true }),
      asOf: t.arg({ type: 'Moment' }),
      after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }),
    },
    resolve: async (_, { name, asOf, after }, context) => {
      await waitFor(context, after)
      return projectFor(context, name, await boundOf(context, asOf, END))
    },
  }),
)

builder.queryField('projects', (t) =>
  t.field({
    type: ProjectConnection,
    description: 'The projects in which you may read something, by name.',
    args: { first: t.arg.int(), after: t.arg.string(), asOf: t.arg({ type: 'Moment' }) },
    resolve: async (_, args, context) => {
      const { api, principal } = context
      const asOf = await boundOf(context, args.asOf, END)
      return connectionOf(args, {
        cursors: opaqueCursors('projects', 1),
        fetch: (after, limit) =>
          listProjects(api.sql, { after: after?.[0], limit, asOf, reaches: reachesOf(principal) }),
        keyOf: ({ project }) => [project],
        visible: ({ project, open }) => maySeeProject(principal, project, open),
        nodeOf: (row): ProjectNode => ({ ...row, asOf }),
      })
    },
  }),
)

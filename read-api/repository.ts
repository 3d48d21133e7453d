import { allows } from '../domain/access/authorise.ts'
import { END } from '../platform/event-store/event-store.ts'
import type { AsOf } from '../projections/as-of.ts'
import {
  findRepository,
  listRepositoriesBesideToday,
  type RepositoryBesideToday,
} from '../projections/repositories/queries.ts'
import { builder } from './builder.ts'
import { connectionOf, type Connection, type PageArguments } from './connection.ts'
import { boundOf, waitFor, type Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { FormatEnum, RepositoryKindEnum } from './enums.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import { ProjectRef, RepositoryRef, type RepositoryNode } from './nodes.ts'
import { projectFor } from './project.ts'
import { maySeeRepository, reachesOf } from './visibility.ts'

/** Permissions are today's, and what was deleted since is for those who may read history. */
const isVisible = (
  { principal }: Context,
  { project, repository, repositoryId, todayId, openToday }: RepositoryBesideToday,
): boolean =>
  maySeeRepository(principal, { project, repository, open: openToday }) &&
  (todayId === repositoryId || (principal !== undefined && allows(principal, 'read-history', { project, repository })))

/** The repository for this viewer; undefined when there is none or nothing in it may be read. */
export const repositoryFor = async (
  context: Context,
  project: string,
  repository: string,
  asOf: AsOf,
): Promise<RepositoryNode | undefined> => {
  const { api } = context
  const today = await api.repositories.find(project, repository)
  const row = asOf === END ? today : await findRepository(api.sql, project, repository, asOf)
  if (row === undefined) return undefined
  const open = today?.public ?? false
  const beside = { ...row, todayId: today?.repositoryId ?? null, openToday: open }
  return isVisible(context, beside) ? { ...row, open, asOf } : undefined
}

export const RepositoryConnection = builder.connectionObject({ type: RepositoryRef, name: 'RepositoryConnection' })

const repositoriesOf = (
  context: Context,
  args: PageArguments,
  project: string | undefined,
  asOf: AsOf,
): Promise<Connection<RepositoryNode>> => {
  const reaches = reachesOf(context.principal)
  return connectionOf(args, {
    cursors: opaqueCursors('repositories', 2),
    fetch: (after, limit) =>
      listRepositoriesBesideToday(context.api.sql, {
        project,
        after: after as [string, string] | undefined,
        limit,
        asOf,
        reaches,
      }),
    keyOf: (row) => [row.project, row.repository],
    visible: (row) => isVisible(context, row),
    nodeOf: (row): RepositoryNode => ({ ...row, open: row.openToday, asOf }),
  })
}

builder.node(RepositoryRef, {
  description: 'Packages or files of one format. Seen with asOf, everything below it is as it was then.',
  id: { resolve: ({ project, repository, asOf }) => nodeId([project, repository], asOf) },
  loadOne: async (id, context) => {
    const parsed = parseNodeId(id, 2)
    if (parsed === undefined) return null
    const [project = '', name = ''] = parsed.names
    return (await repositoryFor(context, project, name, await boundOf(context, parsed.asOf, END))) ?? null
  },
  fields: (t) => ({
    repositoryId: t.exposeString('repositoryId', {
      description: 'Tells it from an earlier or later repository of the same name.',
    }),
    project: t.field({
      type: ProjectRef,
      nullable: true,
      resolve: ({ project, asOf }, _, context) => projectFor(context, project, asOf),
    }),
    projectName: t.exposeString('project'),
    name: t.exposeString('repository'),
    format: t.expose('format', { type: FormatEnum }),
    kind: t.field({ type: RepositoryKindEnum, resolve: ({ kind }) => kind as 'hosted' }),
    public: t.exposeBoolean('public', { description: 'Anyone may read it without credentials.' }),
    overwrite: t.exposeBoolean('overwrite', { description: 'Files and versions may be replaced.' }),
    description: t.exposeString('description', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'Instant' }),
  }),
})

builder.objectField(ProjectRef, 'repositories', (t) =>
  t.field({
    type: RepositoryConnection,
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: ({ project, asOf }, args, context) => repositoriesOf(context, args, project, asOf),
  }),
)

builder.queryField('repository', (t) =>
  t.field({
    type: RepositoryRef,
    nullable: true,
    description: 'A repository by its name; null when there is none that you may see.',
    args: {
      project: t.arg.string({ required: true }),
      name: t.arg.string({ required: true }),
      asOf: t.arg({ type: 'Moment' }),
      after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }),
    },
    resolve: async (_, { project, name, asOf, after }, context) => {
      await waitFor(context, after)
      return repositoryFor(context, project, name, await boundOf(context, asOf, END))
    },
  }),
)

builder.queryField('repositories', (t) =>
  t.field({
    type: RepositoryConnection,
    description: 'The repositories in which you may read something, of one project or of all, by name.',
    args: { project: t.arg.string(), first: t.arg.int(), after: t.arg.string(), asOf: t.arg({ type: 'Moment' }) },
    resolve: async (_, { project, asOf, ...page }, context) =>
      repositoriesOf(context, page, project ?? undefined, await boundOf(context, asOf, END)),
  }),
)

import { END } from '../platform/event-store/event-store.ts'
import { findPackage, listPackages } from '../projections/packages/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import { boundOf, waitFor, type Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { FormatEnum } from './enums.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import { PackageRef, RepositoryRef, type PackageNode, type RepositoryNode } from './nodes.ts'
import { repositoryFor } from './repository.ts'
import { maySeeName, namePatternsOf } from './visibility.ts'

/** The package for this viewer; undefined when there is none or it may not be read. */
export const packageFor = async (
  { api, principal }: Context,
  home: RepositoryNode | undefined,
  name: string,
): Promise<PackageNode | undefined> => {
  if (home === undefined || !maySeeName(principal, home, name)) return undefined
  const row = await findPackage(api.sql, home.repositoryId, name, home.asOf)
  return row === undefined ? undefined : { row, home }
}

export const PackageConnection = builder.connectionObject({ type: PackageRef, name: 'PackageConnection' })

builder.node(PackageRef, {
  description: 'A package: all versions that were published under one name.',
  id: { resolve: ({ row, home }) => nodeId([home.project, home.repository, row.package], home.asOf) },
  loadOne: async (id, context) => {
    const parsed = parseNodeId(id, 3)
    if (parsed === undefined) return null
    const [project = '', repository = '', name = ''] = parsed.names
    const home = await repositoryFor(context, project, repository, await boundOf(context, parsed.asOf, END))
    return (await packageFor(context, home, name)) ?? null
  },
  fields: (t) => ({
    repository: t.field({ type: RepositoryRef, resolve: ({ home }) => home }),
    name: t.string({ resolve: ({ row }) => row.package }),
    format: t.field({ type: FormatEnum, resolve: ({ home }) => home.format }),
    description: t.string({ nullable: true, resolve: ({ row }) => row.description }),
    keywords: t.stringList({ resolve: ({ row }) => row.keywords?.split(' ').filter((word) => word !== '') ?? [] }),
    versionCount: t.int({ description: 'How many versions can be resolved.', resolve: ({ row }) => row.versions }),
    createdAt: t.field({ type: 'Instant', resolve: ({ row }) => row.createdAt }),
    updatedAt: t.field({ type: 'Instant', resolve: ({ row }) => row.updatedAt }),
    downloads: t.field({
      type: 'Long',
      description: 'How often its files were downloaded up to now, all versions together.',
      resolve: async ({ row, home }, _, { loaders }) =>
        (await loaders.downloads({ repositoryId: home.repositoryId, name: row.package, version: undefined })) ?? 0,
    }),
  }),
})

builder.objectFields(RepositoryRef, (t) => ({
  package: t.field({
    type: PackageRef,
    nullable: true,
    args: { name: t.arg.string({ required: true }) },
    resolve: (home, { name }, context) => packageFor(context, home, name),
  }),
  packages: t.field({
    type: PackageConnection,
    description: 'Packages by name.',
    args: {
      search: t.arg.string({ description: 'Words that the name, description or keywords must hold, all of them.' }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: (home, { search, ...page }, { api, principal }) => {
      const words = (search ?? '')
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== '')
      const names = namePatternsOf(principal, home)
      const { repositoryId, asOf } = home
      return connectionOf(page, {
        cursors: opaqueCursors('packages', 1),
        fetch: (after, limit) => listPackages(api.sql, { repositoryId, words, names, after: after?.[0], limit, asOf }),
        keyOf: (row) => [row.package],
        visible: (row) => maySeeName(principal, home, row.package),
        nodeOf: (row): PackageNode => ({ row, home }),
      })
    },
  }),
}))

builder.queryField('package', (t) =>
  t.field({
    type: PackageRef,
    nullable: true,
    description: 'A package by its name; null when there is none that you may see.',
    args: {
      project: t.arg.string({ required: true }),
      repository: t.arg.string({ required: true }),
      name: t.arg.string({ required: true }),
      asOf: t.arg({ type: 'Moment' }),
      after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }),
    },
    resolve: async (_, { project, repository, name, asOf, after }, context) => {
      await waitFor(context, after)
      const home = await repositoryFor(context, project, repository, await boundOf(context, asOf, END))
      return packageFor(context, home, name)
    },
  }),
)

import { END } from '../platform/event-store/event-store.ts'
import { findVersion, listVersions } from '../projections/package-versions/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import { boundOf, waitFor, type Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import {
  AccountNameRef,
  PackageRef,
  RepositoryRef,
  VersionRef,
  type RepositoryNode,
  type VersionNode,
} from './nodes.ts'
import { OrderEnum } from './enums.ts'
import { packageFor } from './package.ts'
import { repositoryFor } from './repository.ts'
import { maySeeName } from './visibility.ts'

/** The version for this viewer; undefined when there is none or its package may not be read. */
const versionFor = async (
  { api, principal }: Context,
  home: RepositoryNode | undefined,
  name: string,
  version: string,
): Promise<VersionNode | undefined> => {
  if (home === undefined || !maySeeName(principal, home, name)) return undefined
  const row = await findVersion(api.sql, home.repositoryId, name, version, home.asOf)
  return row === undefined ? undefined : { row, home }
}

export const VersionConnection = builder.connectionObject({ type: VersionRef, name: 'PackageVersionConnection' })

const ArtifactFileRef = builder.objectRef<VersionNode['row']['files'][number]>('ArtifactFile').implement({
  description: 'A file of a version. Digests are lower-case hex.',
  fields: (t) => ({
    name: t.exposeString('name'),
    size: t.expose('size', { type: 'Long', description: 'Bytes.' }),
    md5: t.exposeString('md5'),
    sha1: t.exposeString('sha1'),
    sha256: t.exposeString('sha256'),
    sha512: t.exposeString('sha512'),
  }),
})

/** A document costs as much as many fields: it may have megabytes. */
const DOCUMENT_COST = 100

builder.node(VersionRef, {
  description: 'A published version of a package.',
  id: { resolve: ({ row, home }) => nodeId([home.project, home.repository, row.package, row.version], home.asOf) },
  loadOne: async (id, context) => {
    const parsed = parseNodeId(id, 4)
    if (parsed === undefined) return null
    const [project = '', repository = '', name = '', version = ''] = parsed.names
    const home = await repositoryFor(context, project, repository, await boundOf(context, parsed.asOf, END))
    return (await versionFor(context, home, name, version)) ?? null
  },
  fields: (t) => ({
    package: t.field({
      type: PackageRef,
      nullable: true,
      resolve: ({ row, home }, _, context) => packageFor(context, home, row.package),
    }),
    packageName: t.string({ resolve: ({ row }) => row.package }),
    repository: t.field({ type: RepositoryRef, resolve: ({ home }) => home }),
    version: t.string({ resolve: ({ row }) => row.version }),
    files: t.field({ type: [ArtifactFileRef], resolve: ({ row }) => [...row.files] }),
    size: t.field({ type: 'Long', description: 'Bytes of all files.', resolve: ({ row }) => row.size }),
    description: t.string({ nullable: true, resolve: ({ row }) => row.about?.description ?? null }),
    keywords: t.stringList({ resolve: ({ row }) => row.about?.keywords ?? [] }),
    license: t.string({ nullable: true, resolve: ({ row }) => row.about?.license ?? null }),
    readme: t.string({
      nullable: true,
      complexity: DOCUMENT_COST,
      resolve: async ({ row }, _, { loaders }) =>
        row.readme === null ? null : ((await loaders.document(row.readme))?.toString() ?? null),
    }),
    manifestDigest: t.string({
      description: 'SHA-256 of the stored metadata document.',
      resolve: ({ row }) => row.manifest,
    }),
    deprecated: t.string({
      nullable: true,
      description: 'The message for those who install it, when it is deprecated.',
      resolve: ({ row }) => row.deprecated,
    }),
    yanked: t.string({
      nullable: true,
      description: 'The reason, when it was withdrawn from resolution.',
      resolve: ({ row }) => row.yanked,
    }),
    publishedAt: t.field({ type: 'Instant', resolve: ({ row }) => row.publishedAt }),
    publisher: t.field({ type: AccountNameRef, resolve: ({ row }) => ({ accountId: row.publishedBy }) }),
    downloads: t.field({
      type: 'Long',
      description: 'How often its files were downloaded up to now.',
      resolve: async ({ row, home }, _, { loaders }) =>
        (await loaders.downloads({ repositoryId: home.repositoryId, name: row.package, version: row.version })) ?? 0,
    }),
  }),
})

builder.objectFields(PackageRef, (t) => ({
  version: t.field({
    type: VersionRef,
    nullable: true,
    args: { version: t.arg.string({ required: true }) },
    resolve: ({ row, home }, { version }, context) => versionFor(context, home, row.package, version),
  }),
  versions: t.field({
    type: VersionConnection,
    description: 'Versions in the order of publishing, newest first unless asked otherwise.',
    args: {
      order: t.arg({ type: OrderEnum, defaultValue: 'desc' }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: ({ row, home }, { order, ...page }, { api }) =>
      connectionOf(page, {
        cursors: opaqueCursors(`versions ${order}`, 2),
        fetch: (after, limit) =>
          listVersions(api.sql, {
            repositoryId: home.repositoryId,
            package: row.package,
            after: after as [string, string] | undefined,
            newestFirst: order === 'desc',
            limit,
            asOf: home.asOf,
          }),
        keyOf: ({ publishedAt, version }) => [publishedAt, version],
        // who may see the package may see its versions
        visible: () => true,
        nodeOf: (version): VersionNode => ({ row: version, home }),
      }),
  }),
}))

builder.queryField('version', (t) =>
  t.field({
    type: VersionRef,
    nullable: true,
    description: 'A version of a package; null when there is none that you may see.',
    args: {
      project: t.arg.string({ required: true }),
      repository: t.arg.string({ required: true }),
      package: t.arg.string({ required: true }),
      version: t.arg.string({ required: true }),
      asOf: t.arg({ type: 'Moment' }),
      after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }),
    },
    resolve: async (_, { project, repository, package: name, version, asOf, after }, context) => {
      await waitFor(context, after)
      const home = await repositoryFor(context, project, repository, await boundOf(context, asOf, END))
      return versionFor(context, home, name, version)
    },
  }),
)

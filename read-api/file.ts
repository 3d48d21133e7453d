import { END } from '../platform/event-store/event-store.ts'
import { findFile, listFiles } from '../projections/files/queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import { boundOf, waitFor, type Context } from './context.ts'
import { opaqueCursors } from './cursor.ts'
import { nodeId, parseNodeId } from './node-id.ts'
import { AccountNameRef, FileRef, RepositoryRef, type FileNode, type RepositoryNode } from './nodes.ts'
import { repositoryFor } from './repository.ts'
import { maySeeName, namePatternsOf } from './visibility.ts'

/** The file for this viewer; undefined when there is none or it may not be read. */
const fileFor = async (
  { api, principal }: Context,
  home: RepositoryNode | undefined,
  path: string,
): Promise<FileNode | undefined> => {
  if (home === undefined || !maySeeName(principal, home, path)) return undefined
  const row = await findFile(api.sql, home.repositoryId, path, home.asOf)
  return row === undefined ? undefined : { row, home }
}

export const FileConnection = builder.connectionObject({ type: FileRef, name: 'FileConnection' })

const PropertyRef = builder.objectRef<readonly [string, string]>('Property').implement({
  description: 'A key and its value.',
  fields: (t) => ({
    key: t.string({ resolve: ([key]) => key }),
    value: t.string({ resolve: ([, value]) => value }),
  }),
})

builder.node(FileRef, {
  description: 'A file in a generic repository. Digests are lower-case hex.',
  id: { resolve: ({ row, home }) => nodeId([home.project, home.repository, row.path], home.asOf) },
  loadOne: async (id, context) => {
    const parsed = parseNodeId(id, 3)
    if (parsed === undefined) return null
    const [project = '', repository = '', path = ''] = parsed.names
    const home = await repositoryFor(context, project, repository, await boundOf(context, parsed.asOf, END))
    return (await fileFor(context, home, path)) ?? null
  },
  fields: (t) => ({
    repository: t.field({ type: RepositoryRef, resolve: ({ home }) => home }),
    path: t.string({ resolve: ({ row }) => row.path }),
    size: t.field({ type: 'Long', description: 'Bytes.', resolve: ({ row }) => row.size }),
    md5: t.string({ resolve: ({ row }) => row.md5 }),
    sha1: t.string({ resolve: ({ row }) => row.sha1 }),
    sha256: t.string({ resolve: ({ row }) => row.sha256 }),
    sha512: t.string({ resolve: ({ row }) => row.sha512 }),
    contentType: t.string({ resolve: ({ row }) => row.contentType }),
    properties: t.field({ type: [PropertyRef], resolve: ({ row }) => Object.entries(row.properties) }),
    storedAt: t.field({ type: 'Instant', resolve: ({ row }) => row.storedAt }),
    storedBy: t.field({ type: AccountNameRef, resolve: ({ row }) => ({ accountId: row.storedBy }) }),
    downloads: t.field({
      type: 'Long',
      description: 'How often it was downloaded up to now.',
      resolve: async ({ row, home }, _, { loaders }) =>
        (await loaders.downloads({ repositoryId: home.repositoryId, name: row.path, version: undefined })) ?? 0,
    }),
  }),
})

builder.objectFields(RepositoryRef, (t) => ({
  file: t.field({
    type: FileRef,
    nullable: true,
    args: { path: t.arg.string({ required: true }) },
    resolve: (home, { path }, context) => fileFor(context, home, path),
  }),
  files: t.field({
    type: FileConnection,
    description: 'Files by path.',
    args: {
      prefix: t.arg.string({ description: 'What the path begins with, e.g. releases/2026/.' }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: (home, { prefix, ...page }, { api, principal }) => {
      const { repositoryId, asOf } = home
      const names = namePatternsOf(principal, home)
      return connectionOf(page, {
        cursors: opaqueCursors('files', 1),
        fetch: (after, limit) =>
          listFiles(api.sql, { repositoryId, prefix: prefix ?? '', names, after: after?.[0], limit, asOf }),
        keyOf: ({ path }) => [path],
        visible: ({ path }) => maySeeName(principal, home, path),
        nodeOf: (row): FileNode => ({ row, home }),
      })
    },
  }),
}))

builder.queryField('file', (t) =>
  t.field({
    type: FileRef,
    nullable: true,
    description: 'A file by its path; null when there is none that you may see.',
    args: {
      project: t.arg.string({ required: true }),
      repository: t.arg.string({ required: true }),
      path: t.arg.string({ required: true }),
      asOf: t.arg({ type: 'Moment' }),
      after: t.arg({ type: 'Position', description: 'Waits until the read models have reached it.' }),
    },
    resolve: async (_, { project, repository, path, asOf, after }, context) => {
      await waitFor(context, after)
      const home = await repositoryFor(context, project, repository, await boundOf(context, asOf, END))
      return fileFor(context, home, path)
    },
  }),
)

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish, store } from '../test/graphql/commands.ts'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

const SHA256: unknown = expect.stringMatching(/^[0-9a-f]{64}$/)

let server: GraphqlServer
let viewer: string
/** What the vault was asked for, call by call. */
const askedLogins: (readonly string[])[] = []

beforeAll(async () => {
  server = await startGraphql((api) => {
    const { accounts } = api.vault
    const logins = (ids: readonly string[]) => {
      askedLogins.push(ids)
      return accounts.logins(ids)
    }
    return { ...api, vault: { ...api.vault, accounts: { ...accounts, logins } } }
  })
  const { send } = server
  await send('CreateProject', { project: 'main', description: 'Everything' })
  await send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  await send('CreateRepository', {
    project: 'main',
    repository: 'files',
    format: 'generic',
    kind: 'hosted',
    overwrite: true,
  })
  const readme = await server.core.blobs.put(Buffer.from('# left-pad'))
  const about = { description: 'Pads on the left', keywords: ['pad', 'string'], license: 'MIT' }
  await publish(send, {
    repository: 'npm',
    package: 'left-pad',
    version: '1.0.0',
    about,
    readme: readme.digests.sha256,
  })
  await publish(send, { repository: 'npm', package: 'left-pad', version: '1.1.0', tags: ['latest', 'next'] })
  await publish(send, { repository: 'npm', package: '@scope/pkg', version: '0.1.0' })
  await send('DeprecateVersion', {
    project: 'main',
    repository: 'npm',
    package: 'left-pad',
    version: '1.0.0',
    message: 'old',
  })
  await send('YankVersion', {
    project: 'main',
    repository: 'npm',
    package: 'left-pad',
    version: '1.1.0',
    reason: 'broken',
  })
  await store(send, 'files', 'docs/a.txt', { 'build.number': '7' })
  await store(send, 'files', 'docs/b.txt')
  await store(send, 'files', 'releases/1.0/app.bin')
  viewer = await server.account('val', [['viewer', 'main']])
})

afterAll(() => server.close())

describe('what is stored', () => {
  it('is shown from the project down to the files of a version', async () => {
    const { data, errors } = await server.ask(
      `{ project(name: "main") { name description createdAt repositories(first: 5) { nodes { name format kind public overwrite
           packages(first: 5) { nodes { name keywords description versionCount format
             tags { name version setAt }
             versions(first: 5) { nodes { version size license readme deprecated yanked publishedAt downloads manifestDigest
               publisher { accountId login } files { name size md5 sha1 sha256 sha512 } } } } } } } } }`,
      { as: viewer },
    )
    expect(errors).toEqual([])
    expect(data.project).toMatchObject({ name: 'main', description: 'Everything' })
    const [files, npm] = data.project?.repositories?.nodes ?? []
    expect(files).toMatchObject({ name: 'files', format: 'GENERIC', kind: 'HOSTED', public: false, overwrite: true })
    const packages = npm?.packages?.nodes ?? []
    expect(packages.map(({ name }) => name)).toEqual(['@scope/pkg', 'left-pad'])
    expect(packages[1]).toMatchObject({ keywords: ['pad', 'string'], description: 'Pads on the left', versionCount: 2 })
    expect(packages[1]?.tags).toMatchObject([
      { name: 'latest', version: '1.1.0' },
      { name: 'next', version: '1.1.0' },
    ])
    const [newest, oldest] = packages[1]?.versions?.nodes ?? []
    expect(newest).toMatchObject({ version: '1.1.0', yanked: 'broken', deprecated: null, readme: null, downloads: 0 })
    expect(oldest).toMatchObject({ version: '1.0.0', deprecated: 'old', license: 'MIT', readme: '# left-pad', size: 5 })
    expect(oldest?.publisher).toEqual({ accountId: 'test', login: null })
    expect(oldest?.files?.[0]).toMatchObject({
      name: 'left-pad-1.0.0.tgz',
      size: 5,
      sha256: SHA256,
    })
  })

  it('is found by name: a repository, a package, a version and a file', async () => {
    const { data, errors } = await server.ask(
      `{ repository(project: "main", name: "npm") { name project { name } package(name: "left-pad") { name } }
         package(project: "main", repository: "npm", name: "left-pad") { name version(version: "1.0.0") { version } }
         version(project: "main", repository: "npm", package: "@scope/pkg", version: "0.1.0") { packageName package { name } }
         file(project: "main", repository: "files", path: "docs/a.txt") {
           path size contentType sha256 properties { key value } storedAt storedBy { accountId } downloads repository { name } } }`,
      { as: viewer },
    )
    expect(errors).toEqual([])
    expect(data).toMatchObject({
      repository: { name: 'npm', project: { name: 'main' }, package: { name: 'left-pad' } },
      package: { name: 'left-pad', version: { version: '1.0.0' } },
      version: { packageName: '@scope/pkg', package: { name: '@scope/pkg' } },
      file: {
        path: 'docs/a.txt',
        size: 10,
        contentType: 'text/plain',
        properties: [{ key: 'build.number', value: '7' }],
      },
    })
  })

  it('is null where there is nothing of that name', async () => {
    const { data, errors } = await server.ask(
      `{ project(name: "none") { name } repository(project: "main", name: "none") { name }
         package(project: "main", repository: "npm", name: "none") { name }
         version(project: "main", repository: "npm", package: "left-pad", version: "9") { version }
         file(project: "main", repository: "files", path: "none") { path } }`,
      { as: viewer },
    )
    expect(errors).toEqual([])
    expect(data).toEqual({ project: null, repository: null, package: null, version: null, file: null })
  })

  it('is searched by all words that were typed, in any case, in names, descriptions and keywords', async () => {
    const names = async (search: string) => {
      const query =
        'query ($search: String) { repository(project: "main", name: "npm") { packages(search: $search) { nodes { name } } } }'
      const { data } = await server.ask(query, { as: viewer, variables: { search } })
      return data.repository?.packages?.nodes?.map(({ name }) => name)
    }
    expect(await names('PADS left')).toEqual(['left-pad'])
    expect(await names('pads nowhere')).toEqual([])
    expect(await names('%')).toEqual([])
    expect(await names('scope')).toEqual(['@scope/pkg'])
  })

  it('lists the files below a prefix', async () => {
    const { data } = await server.ask(
      '{ repository(project: "main", name: "files") { files(prefix: "docs/") { nodes { path } } } }',
      { as: viewer },
    )
    expect(data.repository?.files?.nodes).toEqual([{ path: 'docs/a.txt' }, { path: 'docs/b.txt' }])
  })

  it('counts downloads, of a version and of all versions of a package', async () => {
    const repository = await server.ask('{ repository(project: "main", name: "npm") { repositoryId } }', { as: viewer })
    const repositoryId = repository.data.repository?.repositoryId ?? ''
    const place = { repositoryId, project: 'main', repository: 'npm', name: 'left-pad' }
    for (const version of ['1.0.0', '1.0.0', '1.1.0'])
      server.accessLog.record({
        kind: 'download',
        accountId: undefined,
        address: '',
        userAgent: '',
        correlationId: '',
        ...place,
        version,
      })
    await server.accessLog.flush()
    const { data } = await server.ask(
      `{ package(project: "main", repository: "npm", name: "left-pad") { downloads
           versions(order: ASC) { nodes { version downloads } } } }`,
      { as: viewer },
    )
    expect(data.package).toEqual({
      downloads: 3,
      versions: {
        nodes: [
          { version: '1.0.0', downloads: 2 },
          { version: '1.1.0', downloads: 1 },
        ],
      },
    })
  })

  it('asks the vault once for the publishers of all versions of all packages', async () => {
    askedLogins.length = 0
    const { errors } = await server.ask(
      `{ repository(project: "main", name: "npm") { packages(first: 10) { nodes { versions(first: 10) { nodes {
           publisher { login } } } } } } }`,
      { as: viewer },
    )
    expect(errors).toEqual([])
    expect(askedLogins).toEqual([['test']])
  })

  it('is found again by the id of every kind of node', async () => {
    const { data } = await server.ask(
      `{ project(name: "main") { id }
         repository(project: "main", name: "npm") { id packages { nodes { id versions { nodes { id } } } } }
         file(project: "main", repository: "files", path: "docs/a.txt") { id } }`,
      { as: viewer },
    )
    const pkg = data.repository?.packages?.nodes?.[1]
    const ids = [data.project?.id, data.repository?.id, pkg?.id, pkg?.versions?.nodes?.[0]?.id, data.file?.id]
    const found = await server.ask(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Project { name } ... on Repository { name }
         ... on Package { name } ... on PackageVersion { version } ... on File { path } } }`,
      { as: viewer, variables: { ids } },
    )
    expect(found.errors).toEqual([])
    expect(found.data.nodes?.map((node) => [node.__typename, node.name ?? node.version ?? node.path])).toEqual([
      ['Project', 'main'],
      ['Repository', 'npm'],
      ['Package', 'left-pad'],
      ['PackageVersion', '1.1.0'],
      ['File', 'docs/a.txt'],
    ])
    expect(found.data.nodes?.map(({ id }) => id)).toEqual(ids)
    const nobody = await server.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { variables: { ids } })
    expect(nobody.data.nodes).toEqual([null, null, null, null, null])
  })
})

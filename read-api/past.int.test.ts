import { afterAll, beforeAll, expect, it } from 'vitest'
import { publish, store } from '../test/graphql/commands.ts'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

let server: GraphqlServer
let viewer: string
let admin: string
/** The position after the first publish. */
let early: string
/** The position just before the repository `gone` was deleted. */
let beforeDeletion: string

const place = { project: 'main', repository: 'npm' } as const

beforeAll(async () => {
  server = await startGraphql()
  const { send } = server
  await send('CreateProject', { project: 'main' })
  await send('CreateRepository', { ...place, format: 'npm', kind: 'hosted', description: 'first', public: true })
  early = (await publish(send, { repository: 'npm', package: 'a', version: '1.0.0' })).position
  await publish(send, { repository: 'npm', package: 'a', version: '2.0.0' })
  await publish(send, { repository: 'npm', package: 'b', version: '1.0.0' })
  await send('DeprecateVersion', { ...place, package: 'a', version: '1.0.0', message: 'old' })
  await send('UpdateRepository', { ...place, description: 'second', public: false })
  await send('CreateRepository', { project: 'main', repository: 'gone', format: 'generic', kind: 'hosted' })
  beforeDeletion = (await store(send, 'gone', 'secret.txt')).position
  await send('DeleteRepository', { project: 'main', repository: 'gone' })
  viewer = await server.account('val', [['viewer', 'main']])
  admin = await server.account('ada', [['admin', 'main']])
})

afterAll(() => server.close())

const REPOSITORY = `query ($asOf: Moment) { repository(project: "main", name: "npm", asOf: $asOf) {
  description public packages { nodes { name versionCount tags { name version } versions { nodes { version deprecated } } } } } }`

it('shows a repository, its packages, versions and tags as they were at a position', async () => {
  const { data, errors } = await server.ask(REPOSITORY, { as: viewer, variables: { asOf: early } })
  expect(errors).toEqual([])
  expect(data.repository).toEqual({
    description: 'first',
    public: true,
    packages: {
      nodes: [
        {
          name: 'a',
          versionCount: 1,
          tags: [{ name: 'latest', version: '1.0.0' }],
          versions: { nodes: [{ version: '1.0.0', deprecated: null }] },
        },
      ],
    },
  })
})

it('shows the same at the instant of that position, and today what it is today', async () => {
  const { data } = await server.ask('query ($at: Position!) { instant(position: $at) }', {
    as: viewer,
    variables: { at: early },
  })
  const past = await server.ask(REPOSITORY, { as: viewer, variables: { asOf: data.instant } })
  // events of one millisecond belong to one instant: it may show more than the position does, never less
  expect(past.data.repository?.packages?.nodes?.map(({ name }) => name)).toContain('a')
  expect(past.data.repository?.description).toBe('first')
  const today = await server.ask(REPOSITORY, { as: viewer })
  expect(today.data.repository).toMatchObject({
    description: 'second',
    public: false,
    packages: { nodes: [{ name: 'a', versionCount: 2, tags: [{ name: 'latest', version: '2.0.0' }] }, { name: 'b' }] },
  })
})

it('lets nobody in because of what was public then: permissions are of today', async () => {
  const { data } = await server.ask(REPOSITORY, { variables: { asOf: early } })
  expect(data.repository).toBeNull()
  const list = await server.ask(
    'query ($asOf: Moment) { repositories(asOf: $asOf) { nodes { name } } projects(asOf: $asOf) { nodes { name } } }',
    {
      variables: { asOf: early },
    },
  )
  expect(list.data).toEqual({ repositories: { nodes: [] }, projects: { nodes: [] } })
})

it('shows the content of a repository deleted since to those who may read history, and to no other', async () => {
  const query = `query ($asOf: Moment) {
    repository(project: "main", name: "gone", asOf: $asOf) { files { nodes { path } } }
    file(project: "main", repository: "gone", path: "secret.txt", asOf: $asOf) { path }
    repositories(project: "main", asOf: $asOf) { nodes { name } } }`
  const variables = { asOf: beforeDeletion }
  const allowed = await server.ask(query, { as: admin, variables })
  expect(allowed.data).toEqual({
    repository: { files: { nodes: [{ path: 'secret.txt' }] } },
    file: { path: 'secret.txt' },
    repositories: { nodes: [{ name: 'gone' }, { name: 'npm' }] },
  })
  const other = await server.ask(query, { as: viewer, variables })
  expect(other.errors).toEqual([])
  expect(other.data).toEqual({ repository: null, file: null, repositories: { nodes: [{ name: 'npm' }] } })
})

it('does not show the content of an earlier repository of the same name to readers of the later one', async () => {
  const { send } = server
  const again = { project: 'main', repository: 'again' } as const
  await send('CreateRepository', { ...again, format: 'generic', kind: 'hosted' })
  const { position } = await store(send, 'again', 'old.txt')
  await send('DeleteRepository', again)
  await send('CreateRepository', { ...again, format: 'generic', kind: 'hosted', public: true })
  const query =
    'query ($asOf: Moment) { repository(project: "main", name: "again", asOf: $asOf) { files { nodes { path } } } }'
  const past = { variables: { asOf: position } }
  expect((await server.ask(query, past)).data.repository).toBeNull()
  expect((await server.ask(query, { as: viewer, ...past })).data.repository).toBeNull()
  expect((await server.ask(query, { as: admin, ...past })).data.repository).toEqual({
    files: { nodes: [{ path: 'old.txt' }] },
  })
  expect((await server.ask(query)).data.repository).toEqual({ files: { nodes: [] } })
})

it('gives what is seen in the past an id of its own, which leads back to the past', async () => {
  const query =
    'query ($asOf: Moment) { repository(project: "main", name: "npm", asOf: $asOf) { id package(name: "a") { id } } }'
  const [past, today] = [
    await server.ask(query, { as: viewer, variables: { asOf: early } }),
    await server.ask(query, { as: viewer }),
  ]
  expect(past.data.repository?.id).not.toBe(today.data.repository?.id)
  const node = await server.ask('query ($id: ID!) { node(id: $id) { ... on Package { versionCount } } }', {
    as: viewer,
    variables: { id: past.data.repository?.package?.id },
  })
  expect(node.data.node).toEqual({ versionCount: 1 })
})

it('refuses the future and what is no moment', async () => {
  const future = await server.ask(REPOSITORY, { as: viewer, variables: { asOf: '2999-01-01T00:00:00Z' } })
  expect(future.errors[0]).toMatchObject({ extensions: { code: 'future-instant', status: 400 }, path: ['repository'] })
  const nonsense = await server.ask(REPOSITORY, { as: viewer, variables: { asOf: 'yesterday' } })
  expect(nonsense.errors[0]?.extensions.code).toBe('invalid-input')
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish, store } from '../test/graphql/commands.ts'
import { startGraphql, type Data, type GraphqlServer, type Question } from '../test/graphql/server.ts'

let server: GraphqlServer

beforeAll(async () => {
  server = await startGraphql()
  const { send } = server
  for (const project of ['alpha', 'beta', 'gamma']) await send('CreateProject', { project })
  const create = (project: string, repository: string, format: string, open = false) =>
    send('CreateRepository', { project, repository, format, kind: 'hosted', public: open })
  await create('alpha', 'npm', 'npm')
  await create('alpha', 'open', 'npm', true)
  await create('beta', 'npm', 'npm')
  await create('gamma', 'files', 'generic')
  await publish(send, { project: 'alpha', repository: 'open', package: 'free', version: '1.0.0' })
  for (let index = 0; index < 30; index++) {
    const name = `${index % 3 === 0 ? 'team' : 'other'}-${String(index).padStart(2, '0')}`
    await publish(send, { project: 'alpha', repository: 'npm', package: name, version: '1.0.0' })
  }
})

afterAll(() => server.close())

const namesOf = (connection: Data | undefined): unknown[] => connection?.nodes?.map(({ name }) => name) ?? []

const PLACES = '{ projects { nodes { name } } repositories { nodes { name projectName } } }'

const places = async (question: Question) => {
  const { data, errors } = await server.ask(PLACES, question)
  expect(errors).toEqual([])
  return {
    projects: namesOf(data.projects),
    repositories: data.repositories?.nodes?.map(({ projectName, name }) => `${projectName}/${name}`),
  }
}

describe('projects and repositories', () => {
  it('are the public ones for those who are not signed in', async () => {
    expect(await places({})).toEqual({ projects: ['alpha'], repositories: ['alpha/open'] })
  })

  it('are those of the roles that one has, and the public ones', async () => {
    const some = await server.account('sam', [
      ['viewer', 'beta'],
      ['developer', 'gamma/files:docs/*'],
    ])
    expect(await places({ as: some })).toEqual({
      projects: ['alpha', 'beta', 'gamma'],
      repositories: ['alpha/open', 'beta/npm', 'gamma/files'],
    })
    const all = await server.account('sys', [['viewer', 'system']])
    expect((await places({ as: all })).repositories).toEqual(['alpha/npm', 'alpha/open', 'beta/npm', 'gamma/files'])
  })

  it('are narrowed by the limits of a token', async () => {
    const limited = await server.account('lim', [['admin', 'system']], { scopes: ['beta/npm'] })
    expect(await places({ as: limited })).toEqual({
      projects: ['alpha', 'beta'],
      repositories: ['alpha/open', 'beta/npm'],
    })
    const writer = await server.account('wri', [['admin', 'system']], { actions: ['write'] })
    expect(await places({ as: writer })).toEqual({ projects: ['alpha'], repositories: ['alpha/open'] })
  })

  it('vanish for the next query when the role is revoked', async () => {
    const token = await server.account('rex', [['viewer', 'beta']])
    expect((await places({ as: token })).projects).toEqual(['alpha', 'beta'])
    await server.send('RevokeRole', { role: 'viewer', account: 'rex', scope: 'beta' })
    expect((await places({ as: token })).projects).toEqual(['alpha'])
  })

  it('come with a role that a group has', async () => {
    const token = await server.account('gus', [])
    await server.send('CreateGroup', { group: 'readers' })
    await server.send('GrantRole', { role: 'viewer', group: 'readers', scope: 'gamma' })
    await server.send('AddGroupMember', { group: 'readers', account: 'gus' })
    expect((await places({ as: token })).projects).toEqual(['alpha', 'gamma'])
  })

  it('that may not be read are null by name and by id, like those that do not exist', async () => {
    const all = await server.account('ida', [['viewer', 'system']])
    const query = `{ project(name: "beta") { id } repository(project: "beta", name: "npm") { id }
      none: repository(project: "beta", name: "none") { id } }`
    const { data } = await server.ask(query, { as: all })
    const ids = [data.project?.id, data.repository?.id]
    const other = await server.account('oli', [['viewer', 'gamma']])
    expect((await server.ask(query, { as: other })).data).toEqual({ project: null, repository: null, none: null })
    const nodes = await server.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      as: other,
      variables: { ids },
    })
    expect(nodes.data).toEqual({ nodes: [null, null] })
    expect(nodes.errors).toEqual([])
  })
})

describe('names in a repository', () => {
  const PACKAGES = `query ($first: Int, $after: String, $search: String) { repository(project: "alpha", name: "npm") {
    packages(first: $first, after: $after, search: $search) { nodes { name } pageInfo { hasNextPage endCursor } } } }`
  const team = Array.from({ length: 10 }, (_, index) => `team-${String(index * 3).padStart(2, '0')}`)

  it('are those that a pattern lets one read, over all pages, and nothing tells of the others', async () => {
    const token = await server.account('pat', [['viewer', 'alpha/npm:team-*']])
    const pages: unknown[][] = []
    let after: unknown
    for (let more = true; more;) {
      const { data } = await server.ask(PACKAGES, { as: token, variables: { first: 4, after } })
      const { packages } = data.repository ?? ({} as Data)
      pages.push(namesOf(packages))
      more = packages?.pageInfo?.hasNextPage as unknown as boolean
      after = packages?.pageInfo?.endCursor
    }
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 2])
    expect(pages.flat()).toEqual(team)
  })

  it('end with a full page when only names that may not be read follow', async () => {
    const token = await server.account('pit', [['viewer', 'alpha/npm:other-0*']])
    const { data } = await server.ask(PACKAGES, { as: token, variables: { first: 6 } })
    expect(namesOf(data.repository?.packages)).toEqual([
      'other-01',
      'other-02',
      'other-04',
      'other-05',
      'other-07',
      'other-08',
    ])
    expect(data.repository?.packages?.pageInfo?.hasNextPage).toBe(false)
  })

  it('must be covered by a role and by the limits of the token', async () => {
    const token = await server.account('put', [['viewer', 'alpha/npm:team-*']], { scopes: ['alpha/npm:*-1*'] })
    const { data } = await server.ask(PACKAGES, { as: token })
    expect(namesOf(data.repository?.packages)).toEqual(['team-12', 'team-15', 'team-18'])
  })

  it('are not found by a search or by name either', async () => {
    const token = await server.account('pet', [['viewer', 'alpha/npm:team-*']])
    const { data } = await server.ask(PACKAGES, { as: token, variables: { search: 'other' } })
    expect(namesOf(data.repository?.packages)).toEqual([])
    const named = await server.ask(
      `{ package(project: "alpha", repository: "npm", name: "other-01") { name }
         version(project: "alpha", repository: "npm", package: "other-01", version: "1.0.0") { version }
         mine: package(project: "alpha", repository: "npm", name: "team-00") { name } }`,
      { as: token },
    )
    expect(named.data).toEqual({ package: null, version: null, mine: { name: 'team-00' } })
  })

  it('hold the characters of a pattern that mean something to SQL as themselves', async () => {
    for (const path of ['a_b/x', 'aXb/x', '100%/x', '100 percent/x']) await store2(path)
    const token = await server.account('sql', [
      ['viewer', 'gamma/files:a_b/*'],
      ['viewer', 'gamma/files:100%/*'],
    ])
    const { data } = await server.ask('{ repository(project: "gamma", name: "files") { files { nodes { path } } } }', {
      as: token,
    })
    expect(data.repository?.files?.nodes).toEqual([{ path: '100%/x' }, { path: 'a_b/x' }])
  })

  const store2 = (path: string) =>
    store((name, input) => server.send(name, { ...input, project: 'gamma' }), 'files', path)

  it('of a public repository are for everybody', async () => {
    const { data } = await server.ask('{ repository(project: "alpha", name: "open") { packages { nodes { name } } } }')
    expect(namesOf(data.repository?.packages)).toEqual(['free'])
  })
})

describe('a page', () => {
  it('goes on where the last one ended, also over projects', async () => {
    const token = await server.account('all', [['viewer', 'system']])
    const query =
      'query ($after: String) { repositories(first: 2, after: $after) { nodes { name } pageInfo { endCursor hasNextPage hasPreviousPage } } }'
    const one = await server.ask(query, { as: token })
    expect(one.data.repositories).toMatchObject({
      nodes: [{ name: 'npm' }, { name: 'open' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    })
    const two = await server.ask(query, { as: token, variables: { after: one.data.repositories?.pageInfo?.endCursor } })
    expect(two.data.repositories).toMatchObject({
      nodes: [{ name: 'npm' }, { name: 'files' }],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    })
  })

  it('is refused when its size or its cursor cannot be', async () => {
    const codes = async (args: string) =>
      (await server.ask(`{ repositories(${args}) { nodes { name } } }`)).errors.map(({ extensions }) => extensions.code)
    expect(await codes('first: 0')).toEqual(['invalid-input'])
    expect(await codes('first: 501')).toEqual(['invalid-input'])
    expect(await codes('first: 500')).toEqual([])
    expect(await codes('after: "nonsense"')).toEqual(['invalid-input'])
  })
})

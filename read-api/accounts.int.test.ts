import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

const UUID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)
const TOKEN: unknown = expect.stringMatching(/^token:/)

let server: GraphqlServer
let ada: string
let bob: string

beforeAll(async () => {
  server = await startGraphql()
  await server.send('CreateProject', { project: 'main' })
  await server.send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  ada = await server.account('ada', [['admin', 'system']])
  bob = await server.account('bob', [['viewer', 'main']], { actions: ['read'], scopes: ['main'] })
  await server.send('CreateGroup', { group: 'makers' })
  await server.send('AddGroupMember', { group: 'makers', account: 'bob' })
  await server.send('GrantRole', { role: 'developer', group: 'makers', scope: 'main/npm:team-*' })
})

afterAll(() => server.close())

const codesOf = async (query: string, as?: string) =>
  (await server.ask(query, { as })).errors.map(({ extensions }) => extensions.code)

describe('the viewer', () => {
  it('is whoever sends the token, with the roles of this moment and what the token is limited to', async () => {
    const { data } = await server.ask(
      '{ viewer { login accountId kind via grants { role scope } limits { actions scopes } } }',
      { as: bob },
    )
    expect(data.viewer).toEqual({
      login: 'bob',
      accountId: UUID,
      kind: 'SERVICE',
      via: TOKEN,
      grants: [
        { role: 'VIEWER', scope: 'main' },
        { role: 'DEVELOPER', scope: 'main/npm:team-*' },
      ],
      limits: { actions: ['READ'], scopes: ['main'] },
    })
  })

  it('is null without credentials', async () => {
    expect((await server.ask('{ viewer { login } }')).data).toEqual({ viewer: null })
  })

  it('is refused with credentials that are not valid, before any query is looked at', async () => {
    const answer = await server.ask('{ nonsense', { as: 'wbt_wrong' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Basic')
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'unauthenticated', requestId: 'request-1' })
  })
})

describe('tokens', () => {
  const TOKENS =
    'query ($account: String, $all: Boolean, $first: Int, $after: String) { tokens(account: $account, all: $all, first: $first, after: $after) { nodes { id tokenId name account { login } createdAt expiresAt expired actions scopes cidrs } pageInfo { hasNextPage endCursor } } }'

  it('are one’s own', async () => {
    const { data, errors } = await server.ask(TOKENS, { as: bob })
    expect(errors).toEqual([])
    expect(data.tokens?.nodes).toMatchObject([
      {
        name: 'of bob',
        account: { login: 'bob' },
        expiresAt: null,
        expired: false,
        actions: ['READ'],
        scopes: ['main'],
        cidrs: null,
      },
    ])
  })

  it('of others are for those who manage the system, by login, by id and all of them', async () => {
    const byLogin = await server.ask(TOKENS, { as: ada, variables: { account: 'bob' } })
    expect(byLogin.data.tokens?.nodes).toMatchObject([{ name: 'of bob' }])
    const { accountId } = (await server.ask('{ viewer { accountId } }', { as: bob })).data.viewer ?? ({} as never)
    const byId = await server.ask(TOKENS, { as: ada, variables: { account: accountId } })
    expect(byId.data.tokens?.nodes).toMatchObject([{ name: 'of bob' }])
    const first = await server.ask(TOKENS, { as: ada, variables: { all: true, first: 1 } })
    const after = first.data.tokens?.pageInfo?.endCursor
    const second = await server.ask(TOKENS, { as: ada, variables: { all: true, first: 1, after } })
    expect([first, second].map(({ data }) => data.tokens?.nodes?.[0]?.name)).toEqual(['of ada', 'of bob'])
  })

  it('of others are refused to everybody else, and the refusal is counted', async () => {
    const before = server.denials.length
    expect(await codesOf('{ tokens(account: "ada") { nodes { name } } }', bob)).toEqual(['forbidden'])
    expect(await codesOf('{ tokens(all: true) { nodes { name } } }', bob)).toEqual(['forbidden'])
    expect(server.denials.slice(before)).toMatchObject([
      { action: 'manage', resource: {} },
      { action: 'manage', resource: {} },
    ])
    expect(await codesOf('{ tokens { nodes { name } } }')).toEqual(['unauthenticated'])
  })

  it('are gone when they were revoked, and null by id for others', async () => {
    const { id, position } = await server.send('CreateToken', { name: 'spare', account: 'ada' })
    const spare = '{ tokens(account: "ada") { nodes { id name } } }'
    const found = (await server.ask(spare, { as: ada, headers: { 'waybill-after': position } })).data.tokens?.nodes
    const nodeId = found?.find(({ name }) => name === 'spare')?.id
    const node = 'query ($id: ID!) { node(id: $id) { ... on Token { name } } }'
    expect((await server.ask(node, { as: ada, variables: { id: nodeId } })).data.node).toEqual({ name: 'spare' })
    expect((await server.ask(node, { as: bob, variables: { id: nodeId } })).data.node).toBeNull()
    await server.send('RevokeToken', { id: id as string })
    expect((await server.ask(node, { as: ada, variables: { id: nodeId } })).data.node).toBeNull()
  })
})

describe('accounts', () => {
  const ACCOUNT = '{ account(account: "bob") { login kind status createdAt groups grants { role scope } } }'

  it('are listed with roles and groups for those who manage the system', async () => {
    const { data, errors } = await server.ask('{ accounts { nodes { login status groups grants { scope } } } }', {
      as: ada,
    })
    expect(errors).toEqual([])
    const accounts = (data.accounts?.nodes?.map((node) => node) ?? []).toSorted((one, other) =>
      (one.login ?? '') < (other.login ?? '') ? -1 : 1,
    )
    expect(accounts).toEqual([
      { login: 'ada', status: 'ACTIVE', groups: [], grants: [{ scope: 'system' }] },
      { login: 'bob', status: 'ACTIVE', groups: ['makers'], grants: [{ scope: 'main' }, { scope: 'main/npm:team-*' }] },
    ])
    expect(await codesOf('{ accounts { nodes { login } } }', bob)).toEqual(['forbidden'])
    expect(await codesOf('{ accounts { nodes { login } } }')).toEqual(['unauthenticated'])
  })

  it('are seen by themselves, and are null for other accounts', async () => {
    expect((await server.ask(ACCOUNT, { as: bob })).data.account).toMatchObject({
      login: 'bob',
      kind: 'SERVICE',
      groups: ['makers'],
    })
    const eve = await server.account('eve', [['admin', 'main']])
    expect((await server.ask(ACCOUNT, { as: eve })).data.account).toBeNull()
    expect(await codesOf(ACCOUNT)).toEqual(['unauthenticated'])
  })
})

describe('the position of the log', () => {
  it('and its instants are for those who are signed in', async () => {
    const { data } = await server.ask('{ position }', { as: bob })
    expect(data.position).toMatch(/^\d{20}$/)
    const query = 'query ($position: Position!) { instant(position: $position) }'
    const clock = await server.ask(query, { as: bob, variables: { position: data.position } })
    expect(Date.parse(clock.data.instant ?? '')).toBeLessThanOrEqual(Date.now())
    const start = await server.ask(query, { as: bob, variables: { position: '0'.repeat(20) } })
    expect(start.data.instant).toBeNull()
    expect(await codesOf('{ position }')).toEqual(['unauthenticated'])
  })
})

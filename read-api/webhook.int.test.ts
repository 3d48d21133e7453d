import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pauseWebhook } from '../commands/webhooks/index.ts'
import { startGraphql, type Data, type GraphqlServer, type Question } from '../test/graphql/server.ts'

let server: GraphqlServer
const ids: Record<string, string> = {}

const create = async (name: string, scope: string, more: object = {}): Promise<void> => {
  const url = `https://${name}.example.com/hook?token=t0p`
  ids[name] = (await server.send('CreateWebhook', { name, scope, url, ...more }))['id'] as string
}

beforeAll(async () => {
  server = await startGraphql()
  const { send } = server
  for (const project of ['alpha', 'beta']) await send('CreateProject', { project })
  for (const [project, repository, open] of [
    ['alpha', 'npm', false],
    ['alpha', 'open', true],
    ['beta', 'npm', false],
  ] as const)
    await send('CreateRepository', { project, repository, format: 'npm', kind: 'hosted', public: open })
  await create('all', 'system')
  await create('one', 'alpha')
  await create('two', 'alpha/npm', {
    events: ['Package*'],
    headers: {
      'X-Team': 'build',
      'X-Token': { value: 'abc-secret', secret: true },
      Authorization: 'Bearer abc-secret',
    },
  })
  await create('three', 'alpha/open', { active: false })
  await create('four', 'beta/npm')
})

afterAll(() => server.close())

const EVERYWHERE = `{
  webhooks { nodes { name } }
  projects { nodes { name webhooks { nodes { name } } } }
  repositories { nodes { projectName name webhooks { nodes { name } } } }
}`

const namesOf = (connection: Data | undefined): unknown[] => connection?.nodes?.map(({ name }) => name) ?? []

interface Seen {
  readonly codes: readonly string[]
  readonly all: readonly unknown[]
  /** By the project, or project/repository. */
  readonly places: Readonly<Record<string, readonly unknown[]>>
}

const nodesOf = (connection: Data | undefined): readonly Data[] => connection?.['nodes'] ?? []

const seen = async (question: Question): Promise<Seen> => {
  const { data, errors } = await server.ask(EVERYWHERE, question)
  const projects = nodesOf(data.projects).map((project): [string, unknown[]] => [
    String(project['name']),
    namesOf(project['webhooks']),
  ])
  const repositories = nodesOf(data.repositories).map((repository): [string, unknown[]] => [
    `${repository['projectName']}/${repository['name']}`,
    namesOf(repository['webhooks']),
  ])
  return {
    codes: errors.map(({ extensions }) => extensions.code),
    all: namesOf(data.webhooks),
    places: Object.fromEntries([...projects, ...repositories]),
  }
}

const ONE = `query ($id: String!) { webhook(id: $id) {
  id webhookId name scope state origin url headers { name value secret } events pause { reason failingSince }
  creator { accountId login } createdAt updatedAt } }`

describe('webhooks', () => {
  it('are those of every place for who manages the system', async () => {
    const all = await server.account('sys', [['admin', 'system']])
    expect(await seen({ as: all })).toEqual({
      codes: [],
      all: ['all', 'one', 'two', 'three', 'four'],
      places: {
        alpha: ['one', 'two', 'three'],
        beta: ['four'],
        'alpha/npm': ['two'],
        'alpha/open': ['three'],
        'beta/npm': ['four'],
      },
    })
  })

  it('are those of the places that one manages, and no others, also where one reads everything', async () => {
    const token = await server.account('sam', [
      ['admin', 'alpha/npm'],
      ['developer', 'alpha'],
      ['viewer', 'system'],
    ])
    expect(await seen({ as: token })).toEqual({
      codes: [],
      all: ['two'],
      places: { alpha: ['two'], beta: [], 'alpha/npm': ['two'], 'alpha/open': [], 'beta/npm': [] },
    })
    const project = await server.account('pia', [['admin', 'alpha']])
    expect((await seen({ as: project })).all).toEqual(['one', 'two', 'three'])
    const pattern = await server.account('pat', [['admin', 'alpha/npm:left-*']])
    expect((await seen({ as: pattern })).all).toEqual([])
  })

  it('are narrowed by the limits of a token', async () => {
    const scoped = await server.account('lim', [['admin', 'system']], { scopes: ['beta'] })
    expect((await seen({ as: scoped })).all).toEqual(['four'])
    const reader = await server.account('rea', [['admin', 'system']], { actions: ['read', 'audit'] })
    expect((await seen({ as: reader })).all).toEqual([])
  })

  it('are refused as a list to those who are not signed in, who see none in a public place', async () => {
    const list = await server.ask('{ webhooks { nodes { name } } }')
    expect(list.errors.map(({ extensions }) => extensions.code)).toEqual(['unauthenticated'])
    const place = await server.ask('{ repository(project: "alpha", name: "open") { webhooks { nodes { name } } } }')
    expect(place.data).toEqual({ repository: { webhooks: { nodes: [] } } })
  })

  it('vanish for the next query when the role is revoked', async () => {
    const token = await server.account('rex', [['admin', 'beta']])
    expect((await seen({ as: token })).all).toEqual(['four'])
    await server.send('RevokeRole', { role: 'admin', account: 'rex', scope: 'beta' })
    expect((await seen({ as: token })).all).toEqual([])
  })

  it('come in pages that tell nothing of the others', async () => {
    const token = await server.account('pag', [['admin', 'alpha']])
    const pages: unknown[][] = []
    let after: unknown
    for (let more = true; more;) {
      const { data } = await server.ask(
        `query ($after: String) { webhooks(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }`,
        { as: token, variables: { after } },
      )
      pages.push(namesOf(data.webhooks))
      more = data.webhooks?.pageInfo?.hasNextPage as unknown as boolean
      after = data.webhooks?.pageInfo?.endCursor
    }
    expect(pages).toEqual([['one', 'two'], ['three']])
  })

  it('can be asked for by place', async () => {
    const token = await server.account('pla', [['admin', 'system']])
    const ask = async (args: string) => {
      const { data, errors } = await server.ask(`{ webhooks(${args}) { nodes { name } } }`, { as: token })
      return errors[0]?.extensions.code ?? namesOf(data.webhooks)
    }
    expect(await ask('project: "alpha"')).toEqual(['one', 'two', 'three'])
    expect(await ask('project: "alpha", repository: "npm"')).toEqual(['two'])
    expect(await ask('project: "none"')).toEqual([])
    expect(await ask('repository: "npm"')).toBe('invalid-input')
  })
})

describe('a webhook', () => {
  it('shows its managers everything but what is secret', async () => {
    const token = await server.account('max', [['admin', 'alpha/npm']])
    const answer = await server.ask(ONE, { as: token, variables: { id: ids['two'] } })
    expect(answer.errors).toEqual([])
    expect(answer.data.webhook).toMatchObject({
      webhookId: ids['two'],
      name: 'two',
      scope: 'alpha/npm',
      state: 'ACTIVE',
      origin: 'https://two.example.com',
      url: 'https://two.example.com/hook?token=t0p',
      headers: [
        { name: 'X-Team', value: 'build', secret: false },
        { name: 'X-Token', value: null, secret: true },
        { name: 'Authorization', value: null, secret: true },
      ],
      events: ['Package*'],
      pause: null,
      creator: { accountId: 'test', login: null },
    })
    expect(JSON.stringify(answer)).not.toMatch(/abc-secret|whsec/)
  })

  it('is null by its id and as a node for everybody else, like one that never was', async () => {
    const all = await server.account('ida', [['admin', 'system']])
    const { data } = await server.ask(ONE, { as: all, variables: { id: ids['two'] } })
    const node = data.webhook?.id
    for (const roles of [[['developer', 'alpha']], [['viewer', 'system']], [['admin', 'beta']], []] as const) {
      const token = await server.account(`else${roles[0]?.join('') ?? ''}`, roles)
      for (const as of [token, undefined]) {
        for (const id of [ids['two'], 'never', '', "' or 1=1"]) {
          const answer = await server.ask(ONE, { as, variables: { id } })
          expect([answer.errors, answer.data]).toEqual([[], { webhook: null }])
        }
        const nodes = await server.ask('query ($id: ID!) { node(id: $id) { id } }', { as, variables: { id: node } })
        expect([nodes.errors, nodes.data]).toEqual([[], { node: null }])
      }
    }
    expect(
      (await server.ask('query ($id: ID!) { node(id: $id) { id } }', { as: all, variables: { id: node } })).data,
    ).toEqual({
      node: { id: node },
    })
  })

  it('tells whether it delivers, and why Waybill paused it', async () => {
    const token = await server.account('sta', [['admin', 'system']])
    const state = async (name: string) =>
      (await server.ask(ONE, { as: token, variables: { id: ids[name] } })).data.webhook
    expect(await state('three')).toMatchObject({ state: 'INACTIVE', events: null })
    await pauseWebhook(server.core.dependencies, {
      webhookId: ids['four'] as string,
      reason: 'It answered 410.',
      failingSince: Date.parse('2026-11-21T09:00:00Z'),
      cause: 'job 1, try 1',
    })
    await server.core.dependencies.settled(await server.core.store.head())
    expect(await state('four')).toMatchObject({
      state: 'PAUSED',
      pause: { reason: 'It answered 410.', failingSince: '2026-11-21T09:00:00.000Z' },
    })
    await server.send('UpdateWebhook', { id: ids['four'], active: true })
    expect(await state('four')).toMatchObject({ state: 'ACTIVE', pause: null })
  })

  it('is created, changed and removed by mutations, which show the secret once', async () => {
    const token = await server.account('mut', [['admin', 'beta']])
    const answer = await server.ask(
      `mutation ($headers: JSON) { createWebhook(idempotencyKey: "k", input: {
        name: "new", scope: "beta", url: "https://new.example.com", headers: $headers }) { id secret position } }`,
      { as: token, variables: { headers: { 'X-Token': { value: 'abc', secret: true } } } },
    )
    expect(answer.errors).toEqual([])
    const { id, secret, position } = answer.data.createWebhook as Data
    expect(secret).toMatch(/^whsec_/)
    const asked = await server.ask(
      `query ($id: String!, $after: Position) { webhook(id: $id, after: $after) { headers { name value } } }`,
      {
        as: token,
        variables: { id, after: position },
      },
    )
    expect(asked.data).toEqual({ webhook: { headers: [{ name: 'X-Token', value: null }] } })
    const other = await server.account('mot', [['viewer', 'alpha']])
    const removal = 'mutation ($id: String!) { deleteWebhook(input: { id: $id }) { position } }'
    const refused = await server.ask(removal, { as: other, variables: { id } })
    expect(refused.errors.map(({ extensions }) => extensions.code)).toEqual(['not-found'])
    await server.ask(removal, { as: token, variables: { id } })
    expect((await server.ask(ONE, { as: token, variables: { id } })).data).toEqual({ webhook: null })
  })

  it('is refused by an id that holds what Postgres cannot, and null by one that is merely strange', async () => {
    const token = await server.account('nul', [['admin', 'system']])
    const codes = async (id: string) => {
      const { data, errors } = await server.ask(ONE, { as: token, variables: { id } })
      expect(data).toEqual({ webhook: null })
      return errors.map(({ extensions }) => extensions.code)
    }
    expect(await codes('a\0b')).toEqual(['invalid-input'])
    for (const id of ['\u{1F600}', '%', '../webhook', 'x'.repeat(100_000)]) expect(await codes(id)).toEqual([])
  })

  it('has its changes in the audit trail of its place', async () => {
    const token = await server.account('aud', [['admin', 'beta']])
    const trail = `{ auditTrail(project: "beta", repository: "npm", type: "Webhook*", order: ASC) {
      nodes { type subject data } } }`
    const { data, errors } = await server.ask(trail, { as: token })
    expect(errors).toEqual([])
    expect(data.auditTrail?.nodes?.map(({ type }) => type)).toEqual([
      'WebhookCreated',
      'WebhookPaused',
      'WebhookResumed',
    ])
    expect(JSON.stringify(data)).not.toContain('t0p')
  })
})

import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish } from '../test/graphql/commands.ts'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

let server: GraphqlServer
let admin: string

beforeAll(async () => {
  server = await startGraphql()
  await server.send('CreateProject', { project: 'main' })
  await server.send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  await publish(server.send, { repository: 'npm', package: 'a', version: '1.0.0' })
  admin = await server.account('ada', [['admin', 'system']])
})

afterAll(() => server.close())

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

const codeIn = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code

describe('a query', () => {
  it('may be asked by GET, and may be the introspection', async () => {
    const url = new URL(server.url)
    url.searchParams.set('query', 'query Who { viewer { login } }')
    const response = await fetch(url, { headers: { authorization: `Bearer ${admin}` } })
    expect(await response.json()).toEqual({ data: { viewer: { login: 'ada' } } })
    const { data, errors } = await server.ask(getIntrospectionQuery())
    expect(errors).toEqual([])
    expect(data.__schema).toMatchObject({ queryType: { name: 'Query' } })
  })

  it('is refused with a sentence and a code when it is wrong', async () => {
    const codes = async (query: string) => (await server.ask(query)).errors.map(({ extensions }) => extensions.code)
    expect(await codes('{ viewer { login')).toEqual(['invalid-input'])
    expect(await codes('{ nothing }')).toEqual(['invalid-input'])
    expect(await codes('{ project { name } }')).toEqual(['invalid-input'])
    expect(await codes('{ project(name: "a\\u0000b") { name } }')).toEqual(['invalid-input'])
    expect(await codes('{ node(id: "nonsense") { id } }')).toEqual(['invalid-input'])
    expect(await codes('query A { position } query B { position }')).toEqual(['invalid-input'])
  })

  it('has the status that GraphQL over HTTP gives it for clients that ask for that, and 200 for others', async () => {
    const wrong = JSON.stringify({ query: '{ nothing }' })
    expect((await post(wrong, { accept: 'application/json' })).status).toBe(200)
    expect((await post(wrong, { accept: 'application/graphql-response+json' })).status).toBe(400)
  })

  it('changes nothing by GET', async () => {
    const url = new URL(server.url)
    url.searchParams.set('query', 'mutation { createProject(input: { project: "by-get" }) { position } }')
    const response = await fetch(url, { headers: { authorization: `Bearer ${admin}` } })
    expect(response.status).toBe(405)
    expect(await codeIn(response)).toBe('method-not-allowed')
    expect((await server.ask('{ project(name: "by-get") { name } }', { as: admin })).data).toEqual({ project: null })
  })

  it('is taken as JSON only, and from no other site', async () => {
    const form = await fetch(server.url, { method: 'POST', body: new URLSearchParams({ query: '{ position }' }) })
    expect([form.status, await codeIn(form)]).toEqual([415, 'unsupported-media-type'])
    const text = await post('{ viewer { login } }', { 'content-type': 'text/plain' })
    expect(text.status).toBe(415)
    const preflight = await fetch(server.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    const foreign = await post(JSON.stringify({ query: '{ viewer { login } }' }), { origin: 'https://evil.example' })
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    expect(await codeIn(await post('{'))).toBe('invalid-input')
    expect(await codeIn(await post('[]'))).toBe('invalid-input')
  })
})

describe('the limits', () => {
  const refusal = async (query: string) => {
    const { errors } = await server.ask(query, { as: admin })
    return errors.map(({ message, extensions }) => `${extensions.code}: ${message}`)
  }

  it('are on what a query costs, with its cost in the sentence', async () => {
    const nested = (first: number) =>
      `{ repositories(first: ${first}) { nodes { packages(first: ${first}) { nodes { versions(first: ${first}) { nodes { version size } } } } } } }`
    expect(await refusal(nested(10))).toEqual([])
    const [sentence] = await refusal(nested(50))
    expect(sentence).toMatch(
      /^too-large: The query costs \d+, and at most 25000 is answered: ask for smaller pages or fewer fields\.$/,
    )
    const aliases = Array.from({ length: 60 }, (_, index) => `a${index}: version`).join(' ')
    const wide = `{ package(project: "main", repository: "npm", name: "a") { versions(first: 500) { nodes { ${aliases} } } } }`
    expect(await refusal(wide)).toEqual([expect.stringMatching(/^too-large: The query costs/)])
    const ids = Array.from({ length: 5000 }, () => Buffer.from('Project:["main"]').toString('base64'))
    const many = await server.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id a: id b: id c: id d: id } }', {
      as: admin,
      variables: { ids },
    })
    expect(many.errors[0]?.extensions.code).toBe('too-large')
  })

  it('are on how deep it is nested', async () => {
    const deep = (levels: number): string =>
      levels === 0 ? 'name' : `repository { package(name: "a") { ${deep(levels - 1)} } }`
    const query = (levels: number) => `{ package(project: "main", repository: "npm", name: "a") { ${deep(levels)} } }`
    expect(await refusal(query(6))).toEqual([])
    expect(await refusal(query(7))).toEqual([
      'too-large: The query is nested 16 levels deep, and at most 15 are answered.',
    ])
  })

  it('are on how long its text is', async () => {
    expect(await refusal(`{ ${'a: position '.repeat(1500)} }`)).toEqual([
      expect.stringMatching(/^invalid-input: .*4000 tokens/),
    ])
    expect(await refusal(`{ project(name: "${'x'.repeat(66_000)}") { name } }`)).toEqual([
      expect.stringMatching(/^too-large: .*65536/),
    ])
    const long = await post(JSON.stringify({ query: '{ position }', variables: { x: 'x'.repeat(300_000) } }))
    expect([long.status, await codeIn(long)]).toEqual([413, 'too-large'])
  })
})

describe('what went wrong inside', () => {
  it('is not shown, but logged with the request id that is', async () => {
    const broken = await startGraphql((api) => ({
      ...api,
      repositories: { find: () => Promise.reject(new Error('password of the database: hunter2')) },
    }))
    try {
      const answer = await broken.ask('{ repository(project: "main", name: "npm") { name } viewer { login } }')
      expect(answer.errors).toMatchObject([
        { path: ['repository'], extensions: { code: 'internal', status: 500, requestId: 'request-1' } },
      ])
      expect(JSON.stringify(answer)).not.toContain('hunter2')
      expect(answer.data).toEqual({ repository: null, viewer: null })
    } finally {
      await broken.close()
    }
  })
})

describe('a position that was seen', () => {
  it('is waited for by a header and by an argument, and shown', async () => {
    const { position } = await publish(server.send, { repository: 'npm', package: 'b', version: '1.0.0' })
    const query = '{ package(project: "main", repository: "npm", name: "b") { name } }'
    const { data, extensions } = await server.ask(query, { as: admin, headers: { 'waybill-after': position } })
    expect([data, extensions]).toEqual([{ package: { name: 'b' } }, undefined])
    const argument = await server.ask(
      `{ package(project: "main", repository: "npm", name: "b", after: "${position}") { name } }`,
      { as: admin },
    )
    expect([argument.data, argument.extensions]).toEqual([{ package: { name: 'b' } }, undefined])
  })

  it('that does not come leads to an answer marked as stale', async () => {
    const late = '9'.repeat(20)
    const [header, argument] = await Promise.all([
      server.ask('{ viewer { login } }', { as: admin, headers: { 'waybill-after': late } }),
      server.ask(`{ viewer(after: "${late}") { login } }`, { as: admin }),
    ])
    expect(header.extensions).toEqual({ stale: true })
    expect(header.headers.get('waybill-stale')).toBe('true')
    expect(argument).toMatchObject({ data: { viewer: { login: 'ada' } }, extensions: { stale: true } })
    const wrong = await server.ask('{ viewer { login } }', { headers: { 'waybill-after': '12' } })
    expect([wrong.status, wrong.errors[0]?.extensions.code]).toEqual([400, 'invalid-input'])
  })
})

describe('the page for browsers', () => {
  it('comes with everything it needs from here and may load nothing from elsewhere', async () => {
    const page = await fetch(server.url, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    const html = await page.text()
    expect(html).not.toMatch(/https?:|\/\/[a-z]/)
    const paths = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '')
    const workers = ['editor', 'json', 'graphql'].map((name) => `/graphql/assets/${name}.worker.js`)
    expect(paths).toHaveLength(4)
    for (const path of [...paths, ...workers]) {
      const asset = await fetch(new URL(path, server.url))
      expect([path, asset.status, asset.headers.get('content-encoding')]).toEqual([path, 200, 'gzip'])
      expect((await asset.text()).length).toBeGreaterThan(50)
      const etag = asset.headers.get('etag') ?? ''
      expect((await fetch(new URL(path, server.url), { headers: { 'if-none-match': etag } })).status).toBe(304)
    }
    expect((await fetch(new URL('/graphql/assets/toString', server.url))).status).toBe(404)
  })
})

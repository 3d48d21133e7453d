import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish, store } from '../test/graphql/commands.ts'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

const POSITION: unknown = expect.stringMatching(/^\d{20}$/)
const UUID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)
const TEXT: unknown = expect.any(String)

let server: GraphqlServer
let admin: string
let viewer: string

beforeAll(async () => {
  server = await startGraphql()
  const { send } = server
  await send('CreateProject', { project: 'main' })
  await send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  await send('CreateRepository', { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' })
  await publish(send, { repository: 'npm', package: 'a', version: '1.0.0' })
  await store(send, 'files', 'x.txt', { keep: 'no' })
  admin = await server.account('ada', [['admin', 'system']])
  viewer = await server.account('val', [['viewer', 'main']])
})

afterAll(() => server.close())

const CREATE = `mutation ($input: CreateProjectInput!, $key: String) {
  createProject(input: $input, idempotencyKey: $key) { position } }`

const codesOf = (answer: Awaited<ReturnType<GraphqlServer['ask']>>) =>
  answer.errors.map(({ extensions }) => extensions.code)

describe('a mutation', () => {
  it('does what the command does, answers with its position, and is seen by the next query', async () => {
    const made = await server.ask(
      `mutation { createRepository(input: { project: "main", repository: "new", format: NPM, kind: HOSTED, public: true,
         description: null }) { position id } }`,
      { as: admin },
    )
    expect(made.errors).toEqual([])
    expect(made.data.createRepository).toMatchObject({
      position: POSITION,
      id: UUID,
    })
    const { data } = await server.ask(
      '{ repository(project: "main", name: "new") { repositoryId public description } }',
    )
    expect(data.repository).toEqual({ repositoryId: made.data.createRepository?.id, public: true, description: null })
  })

  it('takes properties as a list of keys and values, and refuses a key that stands twice', async () => {
    const query =
      'mutation ($p: [PropertyInput!]!) { setFileProperties(input: { project: "main", repository: "files", path: "x.txt", properties: $p }) { position } }'
    const properties = [
      { key: 'build.number', value: '7' },
      { key: 'a', value: 'b' },
    ]
    expect(codesOf(await server.ask(query, { as: admin, variables: { p: properties } }))).toEqual([])
    const { data } = await server.ask(
      '{ file(project: "main", repository: "files", path: "x.txt") { properties { key value } } }',
      { as: admin },
    )
    expect(data.file?.properties).toEqual(properties)
    const twice = await server.ask(query, { as: admin, variables: { p: [...properties, { key: 'a', value: 'c' }] } })
    expect(codesOf(twice)).toEqual(['invalid-input'])
  })

  it('takes lists of enums, and shows a secret once', async () => {
    const query =
      'mutation { createToken(input: { name: "ci", actions: [READ, READ_HISTORY], scopes: ["main"] }, idempotencyKey: "t1") { id token } }'
    const { data } = await server.ask(query, { as: admin })
    expect(data.createToken?.token).toMatch(/^wbt_/)
    const seen = await server.ask('{ viewer { limits { actions scopes } } }', { as: data.createToken?.token })
    expect(seen.data.viewer?.limits).toEqual({ actions: ['READ', 'READ_HISTORY'], scopes: ['main'] })
    expect(codesOf(await server.ask(query, { as: admin }))).toEqual(['secret-already-shown'])
  })

  it('is refused as the command refuses', async () => {
    const create = (project: string, as?: string) => server.ask(CREATE, { as, variables: { input: { project } } })
    expect(codesOf(await create('main', admin))).toEqual(['already-exists'])
    expect(codesOf(await create('Not A Name', admin))).toEqual(['invalid-input'])
    expect(codesOf(await create('fine', viewer))).toEqual(['forbidden'])
    expect(codesOf(await create('fine'))).toEqual(['unauthenticated'])
    const unknown = await server.ask(CREATE, { as: admin, variables: { input: { project: 'fine', colour: 'red' } } })
    expect(codesOf(unknown)).toEqual(['invalid-input'])
    const refused = await create('main', admin)
    expect(refused.errors[0]).toMatchObject({
      message: 'There is a project main already.',
      path: ['createProject'],
      extensions: { code: 'already-exists', status: 409, title: TEXT, next: TEXT },
    })
    expect(refused.data).toEqual({ createProject: null })
  })

  it('is refused in one document without touching the others', async () => {
    const answer = await server.ask(
      'mutation { one: createProject(input: { project: "one" }) { position } bad: createProject(input: { project: "main" }) { position } two: createProject(input: { project: "two" }) { position } }',
      { as: admin },
    )
    expect(codesOf(answer)).toEqual(['already-exists'])
    expect(answer.data).toMatchObject({
      one: { position: TEXT },
      bad: null,
      two: { position: TEXT },
    })
  })
})

describe('a repeat with the same key', () => {
  const create = (project: string, key: string | undefined, headers = {}) =>
    server.ask(CREATE, { as: admin, variables: { input: { project }, key }, headers })

  it('returns the first answer, and is refused with another input', async () => {
    const first = await create('once', 'k1')
    const repeat = await create('once', 'k1')
    expect(first.errors).toEqual([])
    expect(repeat.data).toEqual(first.data)
    expect(codesOf(await create('twice', 'k1'))).toEqual(['idempotency-mismatch'])
    expect(codesOf(await create('once', 'bad key'))).toEqual(['invalid-input'])
  })

  it('may be sent as a header, for one mutation and for several', async () => {
    const headers = { 'idempotency-key': 'h1' }
    const first = await create('by-header', undefined, headers)
    expect((await create('by-header', undefined, headers)).data).toEqual(first.data)
    const several =
      'mutation { a: createProject(input: { project: "pa" }) { position } b: createProject(input: { project: "pb" }) { position } }'
    const one = await server.ask(several, { as: admin, headers: { 'idempotency-key': 'h2' } })
    expect(one.errors).toEqual([])
    expect((await server.ask(several, { as: admin, headers: { 'idempotency-key': 'h2' } })).data).toEqual(one.data)
  })
})

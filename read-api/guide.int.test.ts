import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { publish, store } from '../test/graphql/commands.ts'
import { openEventStream } from '../test/graphql/event-stream.ts'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

const guide = readFileSync(new URL('../docs/reference/graphql.md', import.meta.url), 'utf8')
const documents = [...guide.matchAll(/```graphql\n([^]*?)```/g)].map(([, text = '']) => text)

/** What was before there was anything. */
const PAST = 'asOf: "2026'

let server: GraphqlServer
let admin: string

beforeAll(async () => {
  server = await startGraphql()
  const { send } = server
  await send('CreateProject', { project: 'main' })
  await send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  await send('CreateRepository', { project: 'main', repository: 'generic', format: 'generic', kind: 'hosted' })
  const about = { description: 'Pads on the left', keywords: ['pad'] }
  await publish(send, { repository: 'npm', package: 'left-pad', version: '1.0.0', about })
  await store(send, 'generic', 'docs/a.txt')
  admin = await server.account('ada', [['admin', 'system']])
})

afterAll(() => server.close())

it('has queries, mutations and a subscription to copy', () => {
  const kinds = documents.map((text) => /^(mutation|subscription)/.exec(text)?.[1] ?? 'query')
  expect(kinds.filter((kind) => kind === 'query').length).toBeGreaterThan(8)
  expect(kinds).toContain('mutation')
  expect(kinds).toContain('subscription')
})

it.each(documents.filter((text) => !text.startsWith('subscription')))('answers what it shows: %s', async (text) => {
  const { data, errors } = await server.ask(text, { as: admin })
  expect(errors).toEqual([])
  const empty = text.includes(PAST)
  for (const value of Object.values(data)) {
    if (empty) expect(value).toBeNull()
    else expect(JSON.stringify(value)).toMatch(/[a-z0-9]/)
    expect(JSON.stringify(value)).not.toMatch(/"nodes":\[\]/)
  }
})

it('streams what its subscription shows', async () => {
  const query = documents.find((text) => text.startsWith('subscription'))
  const stream = await openEventStream(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${admin}` },
    body: JSON.stringify({ query }),
  })
  await publish(server.send, { repository: 'npm', package: 'new', version: '1.0.0' })
  expect(await stream.next()).toMatchObject({
    data: { events: { type: 'PackageVersionPublished', subject: 'new@1.0.0' } },
  })
  stream.close()
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrate } from '../../platform/database/migrations.ts'
import { lineOf, writeLines, type DeliveryAttempt } from '../../platform/delivery-log/delivery-rows.ts'
import { deliveryLogMigrations } from '../../platform/delivery-log/migrations.ts'
import { newId } from '../../platform/ids.ts'
import { startGraphql, type GraphqlServer } from '../graphql/server.ts'

let server: GraphqlServer
let ada: string
let bob: string
let webhook: string

beforeAll(async () => {
  server = await startGraphql()
  await migrate(server.core.database.database.long, deliveryLogMigrations)
  await server.send('CreateProject', { project: 'main' })
  ada = await server.account('ada', [['admin', 'main']])
  bob = await server.account('bob', [['developer', 'main']])
  const created = await server.send('CreateWebhook', { name: 'ci', scope: 'main', url: 'https://ci.example/hook' })
  webhook = created.id as string
  const attempt = (number: number): DeliveryAttempt => ({
    deliveryId: newId(),
    webhookId: webhook,
    eventId: newId(),
    eventType: 'ProjectCreated',
    subject: 'main',
    position: '00000000000000000002',
    purpose: 'event',
    attempt: number,
    at: Date.parse('2026-03-01T00:00:00Z') + number,
    durationMs: 5,
    state: number === 3 ? 'given-up' : 'retrying',
    request: { headers: { 'webhook-id': 'x', authorization: '[hidden]' }, body: '{}' },
    response: { status: 500, headers: { server: 'nginx' }, body: Buffer.from('broken') },
    error: 'the receiver answered 500',
  })
  await writeLines(server.core.database.database.long, [1, 2, 3].map(attempt).map(lineOf))
})

afterAll(() => server.close())

const DELIVERIES = `query ($id: String!, $after: String) { webhook(id: $id) { deliveries(first: 2, after: $after) {
  nodes { attempt state purpose eventType status error requestHeaders { name value } responseHeaders { name value } responseBody }
  pageInfo { hasNextPage endCursor } } } }`

const ask = (as: string, after?: string) => server.ask(DELIVERIES, { as, variables: { id: webhook, after } })

it('shows deliveries to those who manage the scope, newest first', async () => {
  const { data } = await ask(ada)
  const page = data.webhook?.deliveries
  expect(page?.nodes?.[0]).toEqual({
    attempt: 3,
    state: 'GIVEN_UP',
    purpose: 'EVENT',
    eventType: 'ProjectCreated',
    status: 500,
    error: 'the receiver answered 500',
    requestHeaders: [
      { name: 'webhook-id', value: 'x' },
      { name: 'authorization', value: '[hidden]' },
    ],
    responseHeaders: [{ name: 'server', value: 'nginx' }],
    responseBody: 'broken',
  })
  expect(page?.pageInfo?.hasNextPage).toBe(true)
  const next = await ask(ada, page?.pageInfo?.endCursor)
  expect(next.data.webhook?.deliveries?.nodes?.map(({ attempt }) => attempt)).toEqual([1])
})

it('shows nothing of it to those who do not', async () => {
  expect((await ask(bob)).data).toEqual({ webhook: null })
})

it('refuses a cursor that is none of its own', async () => {
  const cursor = Buffer.from(JSON.stringify(['deliveries', '1; drop table x'])).toString('base64url')
  expect((await ask(ada, cursor)).errors[0]?.extensions.code).toBe('invalid-input')
})

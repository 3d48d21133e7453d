import { type CloudEvent, HTTP } from 'cloudevents'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command, person, type Person } from '../npm/people.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { startReceiver, type Received, type Receiver } from './receiver.ts'

const npm = await need('npm')

/** A delivery is tried again after 4 to 6 s. */
const PATIENT = { timeout: 20_000, interval: 50 }

const WRONG = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

interface Attempt {
  readonly deliveryId: string
  readonly attempt: number
  readonly state: string
  readonly purpose: string
  readonly status: number | null
  readonly error: string | null
  readonly eventType: string
  readonly subject: string | null
  readonly requestHeaders: readonly { readonly name: string; readonly value: string }[]
  readonly responseBody: string | null
}

/** What was sent to the webhook and answered, newest first. */
const attemptsOf = async ({ url, adminPassword }: WaybillProcess, id: string): Promise<readonly Attempt[]> => {
  const query = `query ($id: String!) { webhook(id: $id) { deliveries(first: 50) { nodes {
    deliveryId attempt state purpose status error eventType subject requestHeaders { name value } responseBody } } } }`
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`admin:${adminPassword}`)}` },
    body: JSON.stringify({ query, variables: { id } }),
  })
  const { data } = (await answer.json()) as { data: { webhook: { deliveries: { nodes: readonly Attempt[] } } } }
  return data.webhook.deliveries.nodes
}

const headersOf = ({ headers }: Received): Record<string, string> => headers as Record<string, string>

/** Whether the delivery is signed by the secret, as the package of Standard Webhooks has it. */
const isSignedBy = (secret: string, received: Received): boolean => {
  try {
    new Webhook(secret).verify(received.body, headersOf(received))
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}

describe.skipIf(npm.missing)('a webhook on a repository that the npm client publishes to', () => {
  let waybill: WaybillProcess
  let receiver: Receiver
  let admin: Person
  let id: string
  /** Before everything that is delivered. */
  let created: string
  /** What Waybill signs with, and what the receiver was told. */
  let secret: string
  let known = WRONG
  const taken: CloudEvent<Readonly<Record<string, unknown>>>[] = []

  beforeAll(async () => {
    waybill = await startWaybill({ env: { WAYBILL_OUTBOUND_ALLOW: '127.0.0.1' } })
    receiver = await startReceiver()
    receiver.answer = (response, received) => {
      if (!isSignedBy(known, received)) return void response.writeHead(401).end('who are you?')
      taken.push(
        HTTP.toEvent({ headers: received.headers, body: received.body }) as CloudEvent<Record<string, unknown>>,
      )
      response.writeHead(204).end()
    }
    admin = await person(waybill, 'admin')
    const webhook = await command(waybill, 'CreateWebhook', {
      name: 'release bot',
      scope: 'main/npm',
      url: `${receiver.url}/hook?token=t0p`,
      events: ['PackageVersion*'],
      headers: { 'X-Team': 'build', 'X-Token': { value: 's3cret', secret: true } },
    })
    id = webhook['id'] as string
    secret = webhook['secret'] as string
    created = webhook['position'] as string
  })

  afterAll(async () => {
    await waybill.stop()
    await receiver.close()
  })

  const publish = (version: string) => admin.publish({ name: 'hello', version })
  /** What was taken of what happened, without what was asked for to try it out. */
  const told = () => taken.filter(({ type }) => type === 'waybill.PackageVersionPublished')
  const countTold = () => told().length
  const attempts = () => attemptsOf(waybill, id)

  it('is refused by a receiver that has another secret, and taken by the next try once it has the right one', async () => {
    await publish('1.0.0')
    await expect.poll(() => receiver.received.length, PATIENT).toBe(1)
    expect(taken).toEqual([])
    known = secret
    await expect.poll(countTold, PATIENT).toBe(1)
    const [first, second] = receiver.received as [Received, Received]
    expect(second.path).toBe('/hook?token=t0p')
    expect(second.headers).toMatchObject({ 'x-team': 'build', 'x-token': 's3cret' })
    expect(second.body).toBe(first.body)

    const [event] = taken
    expect(event?.validate()).toBe(true)
    expect(event).toMatchObject({
      id: second.headers['webhook-id'],
      type: 'waybill.PackageVersionPublished',
      source: '/projects/main/repositories/npm',
      subject: 'hello@1.0.0',
      authtype: 'user',
      data: { project: 'main', repository: 'npm', package: 'hello', version: '1.0.0' },
    })
    expect(isSignedBy(secret, { ...second, body: second.body.replace('hello', 'hullo') })).toBe(false)
  })

  it('shows in GraphQL what was sent and answered, and nothing secret', async () => {
    await expect.poll(async () => (await attempts()).length, PATIENT).toBe(2)
    const shown = await attempts()
    expect(shown).toMatchObject([
      { attempt: 2, state: 'DELIVERED', status: 204, error: null },
      { attempt: 1, state: 'RETRYING', status: 401, error: 'the receiver answered 401', responseBody: 'who are you?' },
    ])
    expect(new Set(shown.map(({ deliveryId }) => deliveryId)).size).toBe(1)
    expect(shown[0]?.requestHeaders).toContainEqual({ name: 'x-token', value: '[hidden]' })
    expect(JSON.stringify(shown)).not.toMatch(/s3cret|t0p|whsec_/)
  })

  it('signs with the secret before as well once it was given a new one', async () => {
    const { secret: next } = (await command(waybill, 'RotateWebhookSecret', { id })) as { secret: string }
    const signs = (): readonly boolean[] =>
      [secret, next, WRONG].map((one) => isSignedBy(one, receiver.received.at(-1) as Received))
    // Processes go by what they know of secrets for a second.
    const triedOut = async (): Promise<boolean> => {
      const before = receiver.received.length
      await command(waybill, 'TestWebhook', { id })
      await expect.poll(() => receiver.received.length, PATIENT).toBe(before + 1)
      return signs()[1] === true
    }
    await expect.poll(triedOut, { timeout: 5000, interval: 100 }).toBe(true)
    await publish('1.1.0')
    await expect.poll(countTold, PATIENT).toBe(2)
    expect(signs()).toEqual([true, true, false])
    known = next
    await publish('1.2.0')
    await expect.poll(countTold, PATIENT).toBe(3)
    expect(told().map(({ subject }) => subject)).toEqual(['hello@1.0.0', 'hello@1.1.0', 'hello@1.2.0'])
    expect(taken.find(({ type }) => type === 'waybill.WebhookTestRequested')?.validate()).toBe(true)
  })

  it('delivers one event again, and everything since a position or an instant, under the same ids', async () => {
    const shown = async () => (await attempts()).filter(({ eventType }) => eventType === 'PackageVersionPublished')
    await expect.poll(async () => (await shown()).length, PATIENT).toBe(4)
    const delivery = (await shown()).find(({ subject }) => subject === 'hello@1.1.0')?.deliveryId
    const [one, two, three] = told().map((event) => event.id)
    await command(waybill, 'RedeliverWebhook', { id, delivery })
    await expect.poll(countTold, PATIENT).toBe(4)
    await command(waybill, 'ReplayWebhook', { id, after: created })
    await expect.poll(countTold, PATIENT).toBe(7)
    await command(waybill, 'ReplayWebhook', { id, after: told()[2]?.time })
    await expect.poll(countTold, PATIENT).toBe(8)
    const again = told().map((event) => event.id)
    expect(again[3]).toBe(two)
    expect(new Set(again.slice(4, 7))).toEqual(new Set([one, two, three]))
    expect(again[7]).toBe(three)
    const purposes = async () => (await shown()).map(({ purpose }) => purpose)
    const sent = [...Array<string>(4).fill('REPLAY'), 'REDELIVERY', ...Array<string>(4).fill('EVENT')]
    await expect.poll(purposes, PATIENT).toEqual(sent)
  })
})

it('is sent to no address of the machine or its network unless the operator allows it', async () => {
  await using waybill = await startWaybill()
  const receiver = await startReceiver()
  const port = new URL(receiver.url).port
  const urls = [
    receiver.url,
    `http://localhost:${port}`,
    `http://[::ffff:127.0.0.1]:${port}`,
    'http://169.254.169.254/latest/meta-data',
  ]
  try {
    const ids = await Promise.all(
      urls.map(async (url) => {
        const { id } = (await command(waybill, 'CreateWebhook', { name: url, scope: 'main', url })) as { id: string }
        await command(waybill, 'TestWebhook', { id })
        return id
      }),
    )
    for (const id of ids) {
      await expect.poll(async () => (await attemptsOf(waybill, id)).length, PATIENT).toBeGreaterThan(0)
      const error = expect.stringContaining('is not on the public internet') as string
      expect((await attemptsOf(waybill, id)).at(-1)).toMatchObject({ state: 'RETRYING', status: null, error })
    }
    expect(receiver.received).toEqual([])
  } finally {
    await receiver.close()
  }
})

import { CloudEvent, HTTP } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../../commands/command.ts'
import { findWebhook } from '../../projections/webhooks/queries.ts'
import { openDeliveryRig, type DeliveryRig } from './delivery-rig.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

let rig: DeliveryRig
let admin: Caller

beforeAll(async () => {
  rig = await openDeliveryRig()
  admin = await rig.account('ada', ['admin', 'system'])
  await rig.send('CreateProject', { project: 'main' })
  await rig.send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
})

afterAll(() => rig.close())

beforeEach(async () => {
  rig.receiver.received.length = 0
  rig.receiver.answer = (response) => response.writeHead(204).end()
  await rig.core.dependencies.settled(rig.core.tail.position)
  await rig.jobs()
})

const create = (more: object = {}, as = admin) =>
  rig.send('CreateWebhook', { name: 'ci', scope: 'main', url: `${rig.receiver.url}/hook?token=abc`, ...more }, as)

/** Something happens in the project. */
const happen = () =>
  rig.send('UpdateRepository', { project: 'main', repository: 'npm', description: String(Math.random()) })

const jobsOf = async (id: string) =>
  (await rig.jobs()).filter(({ data }) => (data as { webhookId: string }).webhookId === id)

/** A webhook with one job that waits. */
const withJob = async (more: object = {}, as = admin) => {
  const { id, secret } = await create({ events: ['RepositoryUpdated'], ...more }, as)
  await happen()
  const [job] = await jobsOf(id)
  if (job === undefined) throw new Error('no job followed')
  return { id, secret, job }
}

const answer = (status: number, headers: Record<string, string> = {}) => {
  rig.receiver.answer = (response) => response.writeHead(status, headers).end('no')
}

const listed = async (id: string) => {
  await rig.deliveries.flush()
  return await rig.deliveries.list(id, { before: undefined, limit: 100 })
}

const webhook = async (id: string) => {
  await rig.core.dependencies.settled(await rig.core.store.head())
  return await findWebhook(rig.core.database.database.interactive, id)
}

describe('a delivery', () => {
  it('is a signed CloudEvent, and is logged without secrets', async () => {
    const headers = { 'X-Team': 'build', 'X-Token': { value: 'hush', secret: true } }
    const { id, secret, job } = await withJob({ headers })
    expect(await rig.perform(job)).toEqual({ outcome: 'done' })
    const [got] = rig.receiver.received
    expect(got).toMatchObject({ path: '/hook?token=abc', headers: { 'x-team': 'build', 'x-token': 'hush' } })
    expect(got?.headers).toMatchObject({ 'user-agent': 'Waybill/test', 'webhook-id': expect.any(String) as string })
    const headersOfRequest = got?.headers as Record<string, string>
    const verified = new Webhook(secret).verify(got?.body ?? '', headersOfRequest) as Record<string, unknown>
    expect(verified).toMatchObject({
      id: headersOfRequest['webhook-id'],
      type: 'waybill.RepositoryUpdated',
      source: '/projects/main/repositories/npm',
      data: { project: 'main', repository: 'npm' },
    })
    const parsed = HTTP.toEvent({ headers: got?.headers ?? {}, body: got?.body ?? '' })
    expect(parsed instanceof CloudEvent && parsed.validate()).toBe(true)
    const [row] = await listed(id)
    expect(row).toMatchObject({
      deliveryId: job.id,
      state: 'delivered',
      status: 204,
      attempt: 1,
      requestBody: got?.body,
    })
    expect(row?.requestHeaders).toMatchObject({ 'x-team': 'build', 'x-token': '[hidden]' })
    expect(JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(
      /hush|token=abc|whsec_/,
    )
  })

  it('is signed with both secrets while they are rotated', async () => {
    const { id, secret, job } = await withJob()
    const rotated = await rig.send('RotateWebhookSecret', { id }, admin)
    expect(await rig.perform(job)).toEqual({ outcome: 'done' })
    const [got] = rig.receiver.received
    for (const one of [secret, rotated.secret])
      expect(() => new Webhook(one).verify(got?.body ?? '', got?.headers as Record<string, string>)).not.toThrow()
  })

  it('goes to nobody whose creator may not read it any more, and to those who may', async () => {
    const bob = await rig.account('bob', ['admin', 'main'])
    const { job } = await withJob({}, bob)
    await rig.send('RevokeRole', { role: 'admin', account: 'bob', scope: 'main' })
    expect(await rig.perform(job)).toMatchObject({
      outcome: 'unsent',
      reason: expect.stringContaining('may not read') as string,
    })
    expect(rig.receiver.received).toEqual([])
    await rig.send('GrantRole', { role: 'viewer', account: 'bob', scope: 'main/npm' })
    expect(await rig.perform(job)).toEqual({ outcome: 'done' })
    expect(JSON.parse(rig.receiver.received[0]?.body ?? '')).not.toHaveProperty('authclaims')
  })

  it('is not sent for a webhook that was deleted, and waits for one that is not active', async () => {
    const { id, job } = await withJob()
    await rig.send('UpdateWebhook', { id, active: false }, admin)
    expect(await rig.perform(job)).toMatchObject({ outcome: 'later' })
    await rig.send('DeleteWebhook', { id }, admin)
    expect(await rig.perform(job)).toEqual({ outcome: 'unsent', reason: 'the webhook was deleted' })
    expect(rig.receiver.received).toEqual([])
  })
})

describe('a delivery that fails', () => {
  it('is tried again later, as the receiver wants it', async () => {
    const { id, job } = await withJob()
    answer(503, { 'retry-after': '600', 'x-secret': 'shown to managers' })
    expect(await rig.perform(job)).toEqual({
      outcome: 'failed',
      reason: 'the receiver answered 503',
      notBefore: rig.clock.at + 600_000,
    })
    answer(301, { location: rig.receiver.url })
    expect(await rig.perform(job, 2)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('not followed') as string,
    })
    expect(rig.receiver.received).toHaveLength(2)
    const rows = await listed(id)
    expect(rows.map(({ attempt, status, state, responseBody }) => [attempt, status, state, responseBody])).toEqual([
      [2, 301, 'retrying', 'no'],
      [1, 503, 'retrying', 'no'],
    ])
  })

  it('is logged when there is no answer at all, without inside addresses', async () => {
    const { id, job } = await withJob({ url: 'http://127.0.0.1:1/' })
    expect(await rig.perform(job)).toMatchObject({ outcome: 'failed', reason: '127.0.0.1 refuses the connection' })
    const inside = await withJob({ url: 'http://10.0.0.1/' })
    expect(await rig.perform(inside.job)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('not on the public internet') as string,
    })
    expect((await listed(id))[0]).toMatchObject({ status: null, error: '127.0.0.1 refuses the connection' })
  })

  it('pauses the webhook when nothing was taken for three days, and goes on when it is resumed', async () => {
    const { id, job } = await withJob()
    const began = rig.clock.at
    answer(500)
    expect(await rig.perform(job)).toMatchObject({ outcome: 'failed' })
    await rig.deliveries.flush()
    rig.clock.at = began + 3 * DAY - HOUR
    expect(await rig.perform(job, 2)).toMatchObject({ outcome: 'failed' })
    await rig.deliveries.flush()
    rig.clock.at = began + 3 * DAY
    expect(await rig.perform(job, 3)).toMatchObject({ outcome: 'later' })
    await rig.deliveries.flush()
    expect((await webhook(id))?.paused).toMatchObject({ failingSince: new Date(began).toISOString() })
    await rig.send('UpdateWebhook', { id, active: true }, admin)
    rig.clock.at += HOUR
    expect(await rig.perform(job)).toMatchObject({ outcome: 'failed' })
    answer(200)
    expect(await rig.perform(job, 2)).toEqual({ outcome: 'done' })
  })

  it('is given up alone after three days when the webhook took others', async () => {
    const { id, job } = await withJob()
    answer(422)
    await rig.perform(job)
    await rig.deliveries.flush()
    rig.clock.at += DAY
    answer(200)
    await happen()
    const [other] = await jobsOf(id)
    if (other === undefined) throw new Error('no job followed')
    expect(await rig.perform(other)).toEqual({ outcome: 'done' })
    await rig.deliveries.flush()
    rig.clock.at += 2 * DAY
    answer(422)
    expect(await rig.perform(job, 9)).toEqual({ outcome: 'dead', reason: 'for three days: the receiver answered 422' })
    expect((await webhook(id))?.paused).toBeUndefined()
  })

  it('pauses the webhook at once when the receiver is gone', async () => {
    const { id, job } = await withJob()
    answer(410)
    expect(await rig.perform(job)).toMatchObject({ outcome: 'later' })
    expect((await webhook(id))?.paused?.reason).toContain('410 Gone')
  })
})

describe('what somebody asks for', () => {
  it('a test is sent even where nothing else is', async () => {
    const { id } = await create({ active: false })
    await rig.send('TestWebhook', { id }, admin)
    const [job] = (await jobsOf(id)).filter(({ lane }) => lane === `${id}/test`)
    if (job === undefined) throw new Error('no job followed')
    expect(await rig.perform(job)).toEqual({ outcome: 'done' })
    expect(JSON.parse(rig.receiver.received[0]?.body ?? '')).toMatchObject({ type: 'waybill.WebhookTestRequested' })
  })

  it('a replay sends everything once more in order for each stream, and goes on where it stopped', async () => {
    const { id } = await withJob({ scope: 'main', events: ['RepositoryUpdated', 'Project*'] })
    for (let at = 0; at < 5; at += 1) await happen()
    await rig.send('ReplayWebhook', { id, after: '00000000000000000000' }, admin)
    const [job] = (await jobsOf(id)).filter(({ kind }) => kind === 'webhook-replay')
    if (job === undefined) throw new Error('no job followed')
    let left = 3
    rig.receiver.answer = (response) => response.writeHead(left-- > 0 ? 204 : 500).end()
    expect(await rig.perform(job)).toMatchObject({ outcome: 'failed', reason: 'the receiver answered 500' })
    answer(204)
    expect(await rig.perform(job, 2)).toEqual({ outcome: 'done' })
    const taken = rig.receiver.received.map(({ body }) => JSON.parse(body) as { type: string; sequence: string })
    expect(taken.map(({ type }) => type)).toContain('waybill.ProjectCreated')
    const sequences = taken.filter(({ type }) => type.endsWith('RepositoryUpdated')).map(({ sequence }) => sequence)
    expect(sequences.length).toBeGreaterThanOrEqual(6)
    expect(sequences).toEqual(sequences.toSorted())
  })
})

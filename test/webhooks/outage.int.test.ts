import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { need } from '../servers.ts'
import { until } from '../workers/harness.ts'
import { openOutageRig, type OutageRig } from './outage-rig.ts'

const nats = await need('nats-server')

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
const REPOSITORIES = ['npm', 'pypi', 'maven']
const CHANGES = 8

const CREATE = `mutation ($url: String!) { createWebhook(input:
  { name: "ci", scope: "main", url: $url, events: ["RepositoryUpdated"] }) { id } }`
const STATE = `query ($id: String!) { webhook(id: $id) { state pause { at failingSince reason } } }`
const PAUSES = `{ auditTrail(first: 10, order: ASC, types: ["WebhookPaused", "WebhookResumed"]) {
  nodes { type at data } } }`
const RESUME = `mutation ($id: String!) { updateWebhook(input: { id: $id, active: true }) { position } }`

interface Described {
  readonly repository: string
  readonly description: string
}

const queues = [
  ['NATS', nats.missing],
  ['in-process', false],
] as const

describe.each(queues)('a receiver that is away, on %s', (queue, missing) => {
  let rig: OutageRig
  let ada: string
  let webhook: string
  let made: string[]
  beforeEach(async () => {
    if (missing) return
    rig = await openOutageRig(queue)
    const { server, url } = rig
    await server.send('CreateProject', { project: 'main' })
    for (const repository of REPOSITORIES)
      await server.send('CreateRepository', { project: 'main', repository, format: 'generic', kind: 'hosted' })
    ada = await server.account('ada', [['admin', 'system']])
    const { data } = await server.ask(CREATE, { as: ada, variables: { url } })
    webhook = data.createWebhook?.id as string
    made = []
  })
  afterEach(async () => {
    if (!missing) await rig.close()
  })

  const change = async (count = CHANGES): Promise<void> => {
    for (let number = 0; number < count; number += 1)
      for (const repository of REPOSITORIES) {
        const description = `change ${made.length}`
        await rig.server.send('UpdateRepository', { project: 'main', repository, description })
        made.push(description)
      }
  }
  const taken = () => rig.taken as readonly Described[]
  const passUntilTaken = async (count: number, most: number): Promise<void> => {
    for (let passed = 0; passed < most && taken().length < count; passed += 10 * 60_000) await rig.pass(10 * 60_000)
    await until(() => taken().length >= count, `${count} events are taken`)
  }
  const expectAllInOrder = (): void => {
    for (const [at, repository] of REPOSITORIES.entries())
      expect(taken().flatMap((one) => (one.repository === repository ? [one.description] : []))).toEqual(
        made.filter((_, number) => number % REPOSITORIES.length === at),
      )
  }
  const state = async () =>
    (await rig.server.ask(STATE, { as: ada, variables: { id: webhook } })).data.webhook as unknown as {
      readonly state: string
      readonly pause: { readonly at: string; readonly failingSince: string; readonly reason: string } | null
    }

  it.skipIf(missing)('for an hour gets everything in order once it is back', async () => {
    await change(1)
    await until(() => taken().length === made.length, 'the first ones are taken')
    await rig.pass(60_000)
    rig.receiver.away = true
    await change()
    await until(() => rig.cutOff() > 0, 'it was tried')
    await rig.pass(HOUR)
    expect(taken()).toHaveLength(REPOSITORIES.length)
    rig.receiver.away = false
    await change(1)
    await passUntilTaken(made.length, 2 * HOUR)
    expectAllInOrder()
    expect(await state()).toEqual({ state: 'ACTIVE', pause: null })
  })

  it.skipIf(missing)(
    'for three days pauses its webhook, which goes on where it stopped when it is resumed',
    async () => {
      await change(1)
      await until(() => taken().length === made.length, 'the first ones are taken')
      await rig.pass(60_000)
      rig.receiver.away = true
      const failingSince = rig.now()
      await change()
      await until(() => rig.cutOff() > 0, 'it was tried')
      await rig.pass(3 * DAY - 8 * HOUR)
      expect(await state()).toEqual({ state: 'ACTIVE', pause: null })
      await rig.pass(14 * HOUR)
      await until(async () => (await state()).state === 'PAUSED', 'the webhook is paused')
      const { pause } = await state()
      expect(pause?.failingSince).toBe(new Date(failingSince).toISOString())
      expect(pause?.reason).toMatch(/^no delivery was taken for three days: /)
      const tried = rig.cutOff()
      rig.receiver.away = false
      await change(1)
      await rig.pass(12 * HOUR)
      expect(taken()).toHaveLength(REPOSITORIES.length)
      expect(rig.cutOff()).toBe(tried)

      await rig.server.ask(RESUME, { as: ada, variables: { id: webhook } })
      await passUntilTaken(made.length, HOUR)
      expectAllInOrder()
      expect(await state()).toEqual({ state: 'ACTIVE', pause: null })
      const { data } = await rig.server.ask(PAUSES, { as: ada })
      expect(data.auditTrail?.nodes).toEqual([
        {
          type: 'WebhookPaused',
          at: pause?.at,
          data: { ...{ webhookId: webhook, scope: 'main' }, reason: pause?.reason, failingSince: pause?.failingSince },
        },
        expect.objectContaining({ type: 'WebhookResumed', data: { webhookId: webhook, scope: 'main' } }),
      ])
    },
  )
})

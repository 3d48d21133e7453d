import { describe, expect, it } from 'vitest'
import type { LoggedEvent } from '../work.ts'
import type { KnownWebhooks } from './known-webhooks.ts'
import { wantedDeliveries } from './wanted-deliveries.ts'

let count = 0
const event = (type: string, data: object, stream = 'packageVersion-1'): LoggedEvent => {
  count += 1
  return {
    id: `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`,
    type,
    stream,
    revision: 0,
    position: String(count).padStart(20, '0'),
    data,
    metadata: {
      schemaVersion: 1,
      actor: { kind: 'system', id: 'test', via: 'system' },
      at: '2026-01-01T00:00:00.000Z',
      correlationId: 'c',
      causationId: 'c',
      commandId: 'c',
    },
  }
}

const aboutWebhook = (webhookId: string, type: string, scope: string, more: object = {}): LoggedEvent =>
  event(type, { webhookId, scope, ...more }, `webhook-${webhookId}`)

const created = (webhookId: string, scope: string, more: { events?: string[]; active?: boolean } = {}) =>
  aboutWebhook(webhookId, 'WebhookCreated', scope, {
    name: 'x',
    origin: 'https://a.example',
    headerNames: [],
    active: true,
    creatorId: 'account',
    ...more,
  })

const published = (project = 'main', repository = 'npm') =>
  event('PackageVersionPublished', { project, repository, package: 'ms', version: '1.0.0' })

const fold = (...events: LoggedEvent[]): KnownWebhooks =>
  events.reduce((state, one) => wantedDeliveries.react(state, one).state, wantedDeliveries.initialState)

const react = (state: KnownWebhooks, one: LoggedEvent) => wantedDeliveries.react(state, one)
const lanesOf = (state: KnownWebhooks, one: LoggedEvent) => [...(react(state, one).lanes ?? [])]
const toldBy = (state: KnownWebhooks, one: LoggedEvent) => (react(state, one).jobs ?? []).map(({ lane }) => lane).sort()

describe('who is told of what', () => {
  const all = fold(
    created('system', 'system'),
    created('project', 'main'),
    created('repository', 'main/npm'),
    created('elsewhere', 'other'),
    created('files', 'main', { events: ['File*', 'ProjectCreated'] }),
    created('everything', 'system', { events: ['*'] }),
  )

  it('is a matter of the scope and the types', () => {
    expect(toldBy(all, published())).toEqual(['everything', 'project', 'repository', 'system'])
    expect(toldBy(all, published('main', 'generic'))).toEqual(['everything', 'project', 'system'])
    expect(toldBy(all, event('ProjectCreated', { project: 'main' }))).toEqual([
      'everything',
      'files',
      'project',
      'system',
    ])
    expect(toldBy(all, event('GroupCreated', { group: 'g' }))).toEqual(['everything', 'system'])
    expect(toldBy(all, event('RoleGranted', { role: 'viewer', scope: 'main/npm:a*' }))).toContain('repository')
  })

  it('never includes outcomes of deliveries, which settle jobs', () => {
    const outcome = event(
      'WebhookEventsDelivered',
      { webhookId: 'system', deliveries: ['a', 'b'] },
      'webhookDelivery-1',
    )
    expect(react(all, outcome)).toEqual({ state: all, settled: ['a', 'b'] })
    const end = event('WebhookDeliveryGivenUp', { webhookId: 's', deliveryId: 'c', reason: 'r' }, 'webhookDelivery-2')
    expect(react(all, end)).toEqual({ state: all, settled: ['c'] })
  })

  it('is decided the same again, and in order for each webhook and stream', () => {
    const one = published()
    expect(react(all, one)).toEqual(react(all, one))
    const ids = (react(all, one).jobs ?? []).map(({ id }) => id)
    expect(new Set(ids).size).toBe(4)
    expect((react(all, one).jobs ?? [])[0]).toMatchObject({ kind: 'webhook', key: 'system/packageVersion-1' })
  })

  it('leaves the state alone where nothing changes it', () => {
    expect(react(all, published()).state).toBe(all)
    expect(react(all, aboutWebhook('system', 'WebhookSecretRotated', 'system')).state).toBe(all)
  })
})

describe('lanes', () => {
  const open = fold(created('one', 'main'))
  const held = fold(
    created('one', 'main'),
    aboutWebhook('one', 'WebhookPaused', 'main', { reason: 'r', failingSince: 't' }),
  )

  it('are held while a webhook is paused or not active', () => {
    expect(lanesOf({}, created('two', 'main'))).toEqual([])
    expect(lanesOf({}, created('two', 'main', { active: false }))).toEqual([['two', 'held']])
    expect(lanesOf(open, aboutWebhook('one', 'WebhookUpdated', 'main', { active: false }))).toEqual([['one', 'held']])
    expect(lanesOf(open, aboutWebhook('one', 'WebhookPaused', 'main'))).toEqual([['one', 'held']])
  })

  it('open when it is resumed, or active again and not paused', () => {
    expect(lanesOf(held, aboutWebhook('one', 'WebhookResumed', 'main'))).toEqual([['one', 'open']])
    const both = fold(
      created('one', 'main', { active: false }),
      aboutWebhook('one', 'WebhookPaused', 'main', { reason: 'r', failingSince: 't' }),
    )
    expect(lanesOf(both, aboutWebhook('one', 'WebhookUpdated', 'main', { active: true }))).toEqual([])
  })

  it('are dropped with it, and it is told of nothing any more', () => {
    const gone = aboutWebhook('one', 'WebhookDeleted', 'main')
    expect(lanesOf(open, gone)).toEqual([
      ['one', 'dropped'],
      ['one/test', 'dropped'],
    ])
    expect(react(open, gone)).toMatchObject({ state: {}, jobs: [] })
    expect(lanesOf({}, gone)).toEqual([])
  })

  it('go on filling while they are held', () => {
    expect(toldBy(held, published())).toEqual(['one'])
  })
})

describe('what somebody asks for', () => {
  const known = fold(created('one', 'system', { active: false }), created('two', 'system'))

  it('a test goes beside the held lane, and tells of itself once', () => {
    const jobs = react(known, aboutWebhook('one', 'WebhookTestRequested', 'system')).jobs ?? []
    expect(jobs.map(({ lane, data }) => [lane, (data as { purpose: string }).purpose])).toEqual([
      ['one/test', 'test'],
      ['two', 'event'],
    ])
  })

  it('a redelivery names its event, and a replay where it begins', () => {
    const place = { stream: 'packageVersion-1', revision: 3 }
    const again = aboutWebhook('two', 'WebhookRedeliveryRequested', 'system', { deliveryId: 'd', event: place })
    expect(react(known, again).jobs?.[0]).toMatchObject({
      kind: 'webhook',
      lane: 'two',
      data: { purpose: 'redelivery', event: place, position: again.position },
    })
    const replay = aboutWebhook('two', 'WebhookReplayRequested', 'system', { since: '2026-01-01T00:00:00.000Z' })
    expect(react(known, replay).jobs?.[0]).toMatchObject({
      kind: 'webhook-replay',
      key: 'two/replay',
      data: { since: '2026-01-01T00:00:00.000Z', position: replay.position },
    })
  })

  it('is nothing for a webhook that is gone', () => {
    expect(react({}, aboutWebhook('one', 'WebhookTestRequested', 'system')).jobs).toEqual([])
  })
})

import { describe, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import type { SubscriptionEvent } from './events.ts'
import { subscription } from './subscription.ts'

const given = scenarios(subscription)

const at = { webhookId: 'w1', scope: 'main/npm' }
const webhook = { ...at, name: 'ci', origin: 'https://ci.example', headerNames: [], active: true, creatorId: 'a1' }

const created: SubscriptionEvent = { type: 'WebhookCreated', data: webhook }
const deleted: SubscriptionEvent = { type: 'WebhookDeleted', data: at }
const resumed: SubscriptionEvent = { type: 'WebhookResumed', data: at }
const verdict = { reason: 'the receiver answered 500', failingSince: '2026-03-01T12:00:00.000Z' }
const paused: SubscriptionEvent = { type: 'WebhookPaused', data: { ...at, ...verdict } }
const updated = (changed: object): SubscriptionEvent => ({ type: 'WebhookUpdated', data: { ...at, ...changed } })

const update = (changes: object) => ({ type: 'UpdateWebhook', changes }) as const
const pause = { type: 'PauseWebhook', ...verdict } as const
const event = { stream: 'package-p1', revision: 3 }

describe('a webhook', () => {
  it('is created once', () => {
    given().when({ type: 'CreateWebhook', webhook }).then(created)
    given(created).when({ type: 'CreateWebhook', webhook }).thenRefused('already-exists')
    given(created, deleted).when({ type: 'CreateWebhook', webhook }).thenRefused('already-exists')
  })

  it('is changed in what differs', () => {
    given(created)
      .when(update({ name: 'ci', active: true }))
      .thenNothingHappened()
    given(created)
      .when(update({ name: 'builds', active: true, events: ['Tag*'] }))
      .then(updated({ name: 'builds', events: ['Tag*'] }))
    given(created, updated({ name: 'builds', events: ['Tag*'] }))
      .when(update({ name: 'builds', events: ['Tag*'] }))
      .thenNothingHappened()
  })

  it('is told of each new address and of new headers, of which only a part stands in the log', () => {
    const again = { origin: 'https://ci.example', headerNames: [] }
    given(created).when(update(again)).then(updated(again))
  })

  it('is stopped and started by those who manage it', () => {
    given(created)
      .when(update({ active: false }))
      .then(updated({ active: false }))
    given(created, updated({ active: false }))
      .when(update({ active: true }))
      .then(updated({ active: true }))
  })

  it('is deleted once, and then there is none', () => {
    given(created).when({ type: 'DeleteWebhook' }).then(deleted)
    given(created, deleted).when({ type: 'DeleteWebhook' }).thenNothingHappened()
    for (const past of [[], [created, deleted]]) {
      given(...past)
        .when(update({ name: 'x' }))
        .thenRefused('not-found')
      given(...past)
        .when({ type: 'RotateWebhookSecret' })
        .thenRefused('not-found')
      given(...past)
        .when({ type: 'TestWebhook' })
        .thenRefused('not-found')
      given(...past)
        .when({ type: 'RedeliverWebhook', deliveryId: 'd1', event })
        .thenRefused('not-found')
      given(...past)
        .when({ type: 'ReplayWebhook', from: { after: event } })
        .thenRefused('not-found')
    }
    given().when({ type: 'DeleteWebhook' }).thenRefused('not-found')
  })

  it('gets a new secret each time', () => {
    const rotated: SubscriptionEvent = { type: 'WebhookSecretRotated', data: at }
    given(created).when({ type: 'RotateWebhookSecret' }).then(rotated)
    given(created, rotated).when({ type: 'RotateWebhookSecret' }).then(rotated)
  })
})

describe('a webhook whose deliveries fail', () => {
  it('is paused once', () => {
    given(created).when(pause).then(paused)
    given(created, paused).when(pause).thenNothingHappened()
    given(created, paused, resumed).when(pause).then(paused)
  })

  it('is not paused when somebody stopped or removed it already', () => {
    given(created, updated({ active: false }))
      .when(pause)
      .thenNothingHappened()
    given(created, deleted).when(pause).thenNothingHappened()
  })

  it('goes on when it is set active, and not before', () => {
    given(created, paused)
      .when(update({ active: true }))
      .then(resumed)
    given(created, paused)
      .when(update({ name: 'x' }))
      .then(updated({ name: 'x' }))
    given(created, paused, updated({ active: false }))
      .when(update({ active: true }))
      .then(updated({ active: true }), resumed)
    given(created, paused, resumed)
      .when(update({ active: true }))
      .thenNothingHappened()
  })
})

describe('what is delivered anew', () => {
  const redeliver = { type: 'RedeliverWebhook', deliveryId: 'd1', event } as const
  const redelivery: SubscriptionEvent = { type: 'WebhookRedeliveryRequested', data: { ...at, deliveryId: 'd1', event } }
  const since = { since: '2026-03-01T00:00:00.000Z' }
  const replay = { type: 'ReplayWebhook', from: since } as const

  it('is asked for as often as one likes', () => {
    given(created).when(redeliver).then(redelivery)
    given(created, redelivery).when(redeliver).then(redelivery)
    given(created)
      .when(replay)
      .then({ type: 'WebhookReplayRequested', data: { ...at, ...since } })
    given(created).when({ type: 'TestWebhook' }).then({ type: 'WebhookTestRequested', data: at })
  })

  it('waits with the rest while Waybill paused the webhook, and is refused while its managers stopped it', () => {
    given(created, paused).when(redeliver).then(redelivery)
    const stopped = [created, updated({ active: false })]
    given(...stopped)
      .when(redeliver)
      .thenRefused('precondition-failed')
    given(...stopped)
      .when(replay)
      .thenRefused('precondition-failed')
    given(...stopped)
      .when({ type: 'TestWebhook' })
      .then({ type: 'WebhookTestRequested', data: at })
  })
})

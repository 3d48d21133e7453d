import type { Static } from 'typebox'
import type { Scope } from '../../access/scope.ts'
import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import type { SubscriptionEvent, WebhookCreated, WebhookReplayRequested, EventPlace } from './events.ts'

/** What a change of a webhook may give; what is left out stays. */
export interface SubscriptionChanges {
  readonly name?: string
  /** Given whenever the address is replaced, also by one of the same origin. */
  readonly origin?: string
  readonly events?: readonly string[]
  /** Given whenever the headers are replaced. */
  readonly headerNames?: readonly string[]
  readonly active?: boolean
}

export type SubscriptionCommand =
  | { readonly type: 'CreateWebhook'; readonly webhook: Static<typeof WebhookCreated.data> }
  | { readonly type: 'UpdateWebhook'; readonly changes: SubscriptionChanges }
  | { readonly type: 'RotateWebhookSecret' }
  | { readonly type: 'DeleteWebhook' }
  | { readonly type: 'PauseWebhook'; readonly reason: string; readonly failingSince: string }
  | { readonly type: 'TestWebhook' }
  | { readonly type: 'RedeliverWebhook'; readonly deliveryId: string; readonly event: Static<typeof EventPlace> }
  | {
      readonly type: 'ReplayWebhook'
      readonly from: Pick<Static<typeof WebhookReplayRequested.data>, 'since' | 'after'>
    }

export interface Subscription {
  readonly webhookId: string
  readonly scope: Scope
  readonly name: string
  /** Undefined: all types. */
  readonly events: readonly string[] | undefined
  readonly active: boolean
  readonly paused: boolean
}

export type SubscriptionState =
  | { readonly status: 'absent' }
  | ({ readonly status: 'present' } & Subscription)
  | { readonly status: 'deleted'; readonly webhookId: string; readonly scope: Scope }

export const noSuchWebhook = (): DomainError => new DomainError('not-found', 'There is no such webhook.')

const present = (state: SubscriptionState): Subscription => {
  if (state.status !== 'present') throw noSuchWebhook()
  return state
}

/** What would wait for somebody to set it active is refused while that can be said to a person. */
const whileActive = (state: SubscriptionState): Subscription => {
  const webhook = present(state)
  if (!webhook.active)
    throw new DomainError('precondition-failed', 'The webhook is not active: set it active first, then deliver anew.')
  return webhook
}

const sameList = (one: readonly string[] | undefined, other: readonly string[]): boolean =>
  one !== undefined && JSON.stringify(one) === JSON.stringify(other)

/** What differs from how it is. Address and headers always count: what they were is not known here. */
const differing = (webhook: Subscription, changes: SubscriptionChanges) => {
  const { name, origin, events, headerNames, active } = changes
  return {
    ...(name === undefined || name === webhook.name ? {} : { name }),
    ...(origin === undefined ? {} : { origin }),
    ...(events === undefined || sameList(webhook.events, events) ? {} : { events: [...events] }),
    ...(headerNames === undefined ? {} : { headerNames: [...headerNames] }),
    ...(active === undefined || active === webhook.active ? {} : { active }),
  }
}

const updated = (webhook: Subscription, changes: SubscriptionChanges): readonly SubscriptionEvent[] => {
  const at = { webhookId: webhook.webhookId, scope: webhook.scope }
  const changed = differing(webhook, changes)
  const events: SubscriptionEvent[] = []
  if (Object.keys(changed).length > 0) events.push({ type: 'WebhookUpdated', data: { ...at, ...changed } })
  if (changes.active === true && webhook.paused) events.push({ type: 'WebhookResumed', data: at })
  return events
}

export const subscription: Decider<SubscriptionState, SubscriptionCommand, SubscriptionEvent> = {
  initialState: { status: 'absent' },

  decide: (command, state) => {
    if (command.type === 'CreateWebhook') {
      if (state.status !== 'absent') throw new DomainError('already-exists', 'This webhook exists already.')
      return [{ type: 'WebhookCreated', data: command.webhook }]
    }
    if (state.status === 'absent') throw noSuchWebhook()
    const at = { webhookId: state.webhookId, scope: state.scope }
    switch (command.type) {
      case 'UpdateWebhook':
        return updated(present(state), command.changes)
      case 'RotateWebhookSecret':
        present(state)
        return [{ type: 'WebhookSecretRotated', data: at }]
      case 'DeleteWebhook':
        return state.status === 'deleted' ? [] : [{ type: 'WebhookDeleted', data: at }]
      case 'PauseWebhook': {
        // by Waybill itself, who may be late: somebody has stopped it already
        if (state.status === 'deleted' || !state.active || state.paused) return []
        const { reason, failingSince } = command
        return [{ type: 'WebhookPaused', data: { ...at, reason, failingSince } }]
      }
      case 'TestWebhook':
        present(state)
        return [{ type: 'WebhookTestRequested', data: at }]
      case 'RedeliverWebhook': {
        whileActive(state)
        const { deliveryId, event } = command
        return [{ type: 'WebhookRedeliveryRequested', data: { ...at, deliveryId, event } }]
      }
      case 'ReplayWebhook':
        whileActive(state)
        return [{ type: 'WebhookReplayRequested', data: { ...at, ...command.from } }]
      default:
        return assertNever(command)
    }
  },

  evolve: (state, event) => {
    if (event.type === 'WebhookCreated') {
      const { webhookId, scope, name, events, active } = event.data
      return { status: 'present', webhookId, scope, name, events, active, paused: false }
    }
    if (state.status !== 'present') return state
    switch (event.type) {
      case 'WebhookUpdated': {
        const { name = state.name, events = state.events, active = state.active } = event.data
        return { ...state, name, events, active }
      }
      case 'WebhookDeleted':
        return { status: 'deleted', webhookId: state.webhookId, scope: state.scope }
      case 'WebhookPaused':
        return { ...state, paused: true }
      case 'WebhookResumed':
        return { ...state, paused: false }
      case 'WebhookSecretRotated':
      case 'WebhookTestRequested':
      case 'WebhookRedeliveryRequested':
      case 'WebhookReplayRequested':
        return state
      default:
        return assertNever(event)
    }
  },
}

import { Type } from 'typebox'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, Optional } from '../../names.ts'
import { streamOfId } from '../../stream-names.ts'
import { EventPatterns } from './event-patterns.ts'

/** Of which changes a webhook tells; system, a project, or a project/repository. Part of every event, so that audit finds it there. */
export const WebhookScope = Type.String({
  pattern: '^(system|[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)?)$',
  maxLength: 129,
  description: 'system, project or project/repository',
})

const inWebhook = { webhookId: Type.String(), scope: WebhookScope } as const

const instant = (description: string) => Type.String({ description: `RFC 3339 instant ${description}` })

/** An event of the log, as events may name it: positions differ from store to store. */
export const EventPlace = Closed({ stream: Type.String(), revision: Type.Integer({ minimum: 0 }) })

/** What stands in the log of the settings of a webhook. */
const settings = {
  name: Type.String(),
  origin: Type.String({ description: 'scheme, host and port of its address; the rest may hold a token' }),
  headerNames: Type.Array(Type.String(), { maxItems: 20, description: 'headers sent along, without their values' }),
  active: Type.Boolean(),
} as const

export const WebhookCreated = eventType(
  'WebhookCreated',
  'A webhook was created. Its address, header values and signing secret are in the vault only.',
  Closed({ ...inWebhook, ...settings, events: Optional(EventPatterns), creatorId: Type.String() }),
)

export const WebhookUpdated = eventType(
  'WebhookUpdated',
  'Settings of a webhook were changed; holds those that were given. With `origin` the address was replaced, with `headerNames` the headers.',
  Closed({
    ...inWebhook,
    name: Optional(settings.name),
    origin: Optional(settings.origin),
    events: Optional(EventPatterns),
    headerNames: Optional(settings.headerNames),
    active: Optional(settings.active),
  }),
)

export const WebhookSecretRotated = eventType(
  'WebhookSecretRotated',
  'A webhook got a new signing secret; for a day deliveries are signed with the one before too.',
  Closed(inWebhook),
)

export const WebhookDeleted = eventType(
  'WebhookDeleted',
  'A webhook was removed, and what was still to be delivered with it.',
  Closed(inWebhook),
)

export const WebhookPaused = eventType(
  'WebhookPaused',
  'Waybill paused a webhook because its deliveries failed; they wait until somebody sets it active again.',
  Closed({ ...inWebhook, reason: Type.String(), failingSince: instant('of the first failed try') }),
)

export const WebhookResumed = eventType(
  'WebhookResumed',
  'A paused webhook was set active again; deliveries go on where they stopped.',
  Closed(inWebhook),
)

export const WebhookTestRequested = eventType(
  'WebhookTestRequested',
  'Somebody asked for a delivery that tries a webhook out.',
  Closed(inWebhook),
)

export const WebhookRedeliveryRequested = eventType(
  'WebhookRedeliveryRequested',
  'Somebody asked for an event to be delivered once more.',
  Closed({ ...inWebhook, deliveryId: Type.String(), event: EventPlace }),
)

export const WebhookReplayRequested = eventType(
  'WebhookReplayRequested',
  'Somebody asked for everything since an instant (inclusive) or after an event (exclusive) to be delivered once more.',
  Closed({ ...inWebhook, since: Optional(instant('to begin with')), after: Optional(EventPlace) }),
)

export const subscriptionEvents = [
  WebhookCreated,
  WebhookUpdated,
  WebhookSecretRotated,
  WebhookDeleted,
  WebhookPaused,
  WebhookResumed,
  WebhookTestRequested,
  WebhookRedeliveryRequested,
  WebhookReplayRequested,
] as const

export type SubscriptionEvent = EventOf<(typeof subscriptionEvents)[number]>

export const webhookStream = (webhookId: string): string => streamOfId('webhook', webhookId)

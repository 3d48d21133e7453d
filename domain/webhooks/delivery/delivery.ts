import { Type } from 'typebox'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed } from '../../names.ts'
import { streamOfId } from '../../stream-names.ts'

/** Most deliveries that one event records. */
const MOST_DELIVERIES = 500

export const WebhookEventsDelivered = eventType(
  'WebhookEventsDelivered',
  'Deliveries of a webhook are settled: its receiver took them, or its creator may not read what they were to tell.',
  Closed({
    webhookId: Type.String(),
    deliveries: Type.Array(Type.String(), { minItems: 1, maxItems: MOST_DELIVERIES }),
  }),
)

export const WebhookDeliveryGivenUp = eventType(
  'WebhookDeliveryGivenUp',
  'A delivery of a webhook failed for so long that it is not tried any more.',
  Closed({ webhookId: Type.String(), deliveryId: Type.String(), reason: Type.String() }),
)

export const deliveryEvents = [WebhookEventsDelivered, WebhookDeliveryGivenUp] as const

export type DeliveryEvent = EventOf<(typeof deliveryEvents)[number]>

/** A stream for each record of outcomes: nothing is ever decided from it, and no two writers meet there. */
export const deliveryStream = (recordId: string): string => streamOfId('webhookDelivery', recordId)

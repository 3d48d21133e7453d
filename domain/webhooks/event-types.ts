import { deliveryEvents } from './delivery/delivery.ts'
import { subscriptionEvents } from './subscription/events.ts'

export const webhookEvents = [...subscriptionEvents, ...deliveryEvents] as const

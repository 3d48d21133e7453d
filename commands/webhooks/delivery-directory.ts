import type { Position } from '../../platform/event-store/event-store.ts'

/** What is known of deliveries that were tried, for as long as their log is kept. */
export interface DeliveryDirectory {
  /** The position of the event that the delivery told of; undefined: the webhook has no such delivery. Throws `unavailable`. */
  positionOf(webhookId: string, deliveryId: string): Promise<Position | undefined>
}

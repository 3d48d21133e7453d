import type { Position } from '../../platform/event-store/event-store.ts'
import { derivedId } from '../../platform/ids.ts'
import type { LoggedEvent, WantedJob } from '../work.ts'

export const WEBHOOK_KIND = 'webhook'
export const REPLAY_KIND = 'webhook-replay'

/** An event by its place, which is the same in every store. */
export interface EventPlace {
  readonly stream: string
  readonly revision: number
}

/** What a job of the kind `webhook` is to deliver. */
export interface DeliveryData {
  readonly webhookId: string
  /** Of the event that led to the job; where `event` is not given, it is what is delivered. */
  readonly position: Position
  readonly purpose: 'event' | 'test' | 'redelivery'
  readonly event?: EventPlace
}

/** What a job of the kind `webhook-replay` is to deliver: all up to the event at `position`, from an instant or an event on. */
export interface ReplayData {
  readonly webhookId: string
  readonly position: Position
  readonly since?: string
  readonly after?: EventPlace
}

/** Tests go out while everything else of a webhook is held. */
export const testLane = (webhookId: string): string => `${webhookId}/test`

/** The lane of a job of the kind `webhook`. */
export const laneOfDelivery = ({ data }: Pick<WantedJob, 'data'>): string => {
  const { webhookId, purpose } = data as DeliveryData
  return purpose === 'test' ? testLane(webhookId) : webhookId
}

/** In order for each webhook and stream. The id is also that of the delivery, in its log and in outcome events. */
export const deliveryJob = (webhookId: string, { id, stream, position }: LoggedEvent): WantedJob => ({
  id: derivedId('webhook', webhookId, id),
  kind: WEBHOOK_KIND,
  key: `${webhookId}/${stream}`,
  lane: webhookId,
  data: { webhookId, position, purpose: 'event' } satisfies DeliveryData,
})

export const testJob = (webhookId: string, { id, position }: LoggedEvent): WantedJob => ({
  id: derivedId('webhook-test', webhookId, id),
  kind: WEBHOOK_KIND,
  lane: testLane(webhookId),
  priority: 'high',
  data: { webhookId, position, purpose: 'test' } satisfies DeliveryData,
})

/** In no order: somebody wants it once more, and not behind what fails. */
export const redeliveryJob = (
  { webhookId, event }: { readonly webhookId: string; readonly event: EventPlace },
  { id, position }: LoggedEvent,
): WantedJob => ({
  id: derivedId('webhook-redelivery', webhookId, id),
  kind: WEBHOOK_KIND,
  lane: webhookId,
  priority: 'high',
  data: { webhookId, position, purpose: 'redelivery', event } satisfies DeliveryData,
})

/** One job for all of it: what it comes to is read from the log page by page. */
export const replayJob = (
  { webhookId, since, after }: Pick<ReplayData, 'webhookId' | 'since' | 'after'>,
  { id, position }: LoggedEvent,
): WantedJob => ({
  id: derivedId('webhook-replay', webhookId, id),
  kind: REPLAY_KIND,
  key: `${webhookId}/replay`,
  lane: webhookId,
  priority: 'low',
  data: {
    webhookId,
    position,
    ...(since === undefined ? {} : { since }),
    ...(after === undefined ? {} : { after }),
  } satisfies ReplayData,
})

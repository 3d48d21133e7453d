import type { DeliveryEvent } from '../../domain/webhooks/delivery/delivery.ts'
import type { SubscriptionEvent } from '../../domain/webhooks/subscription/events.ts'
import type { LoggedEvent, ProcessManager, Reaction, WantedJob } from '../work.ts'
import { delivers, toldOf, withEvent, type KnownWebhooks } from './known-webhooks.ts'
import { deliveryJob, redeliveryJob, replayJob, testJob, testLane } from './webhook-jobs.ts'

type Lanes = NonNullable<Reaction<unknown>['lanes']>

const settledBy = (event: DeliveryEvent): readonly string[] =>
  event.type === 'WebhookEventsDelivered' ? event.data.deliveries : [event.data.deliveryId]

/** How the lanes of the webhook are after it changed; undefined: as before. */
const lanesOf = (webhookId: string, before: KnownWebhooks, after: KnownWebhooks): Lanes | undefined => {
  const was = before[webhookId]
  const is = after[webhookId]
  if (is === undefined)
    return was === undefined
      ? undefined
      : new Map([
          [webhookId, 'dropped'],
          [testLane(webhookId), 'dropped'],
        ])
  // A new lane is open.
  const got = was === undefined || delivers(was)
  return got === delivers(is) ? undefined : new Map([[webhookId, delivers(is) ? 'open' : 'held']])
}

/** What somebody asked for by the event. */
const askedFor = (event: LoggedEvent, known: KnownWebhooks): readonly WantedJob[] => {
  const { type, data } = event as unknown as SubscriptionEvent
  if (known[data.webhookId] === undefined) return []
  if (type === 'WebhookTestRequested') return [testJob(data.webhookId, event)]
  if (type === 'WebhookRedeliveryRequested') return [redeliveryJob(data, event)]
  if (type === 'WebhookReplayRequested') return [replayJob(data, event)]
  return []
}

/** By the stream: types of the context may be added, its streams stay. */
const isOfSubscription = ({ stream }: LoggedEvent): boolean => stream.startsWith('webhook-')
const isOfDelivery = ({ stream }: LoggedEvent): boolean => stream.startsWith('webhookDelivery-')

/**
 * What is to be delivered because of what happened. A webhook is told of its own creation and changes too, when it wants those
 * types, and of its removal never: it knows it no more. That somebody tries it out, it is told by that delivery alone.
 */
const react = (known: KnownWebhooks, event: LoggedEvent): Reaction<KnownWebhooks> => {
  if (isOfDelivery(event)) return { state: known, settled: settledBy(event as unknown as DeliveryEvent) }
  const changes = isOfSubscription(event)
  const state = changes ? withEvent(known, event as unknown as SubscriptionEvent) : known
  const told = toldOf(state, event)
  if (!changes) return told.length === 0 ? { state } : { state, jobs: told.map((id) => deliveryJob(id, event)) }
  const { webhookId } = event.data as { readonly webhookId: string }
  const others = event.type === 'WebhookTestRequested' ? told.filter((id) => id !== webhookId) : told
  const lanes = lanesOf(webhookId, known, state)
  return {
    state,
    jobs: [...askedFor(event, state), ...others.map((id) => deliveryJob(id, event))],
    ...(lanes === undefined ? {} : { lanes }),
  }
}

/** Webhooks and what they are to be told of. */
export const wantedDeliveries: ProcessManager<KnownWebhooks> = {
  name: 'webhooks',
  version: 1,
  initialState: {},
  react,
}

import { deliveryStream } from '../../domain/webhooks/delivery/delivery.ts'
import { derivedId } from '../../platform/ids.ts'
import type { JobResult, OutcomeEvents, Outcomes } from '../outcomes/outcomes.ts'
import type { DeliveryData } from './webhook-jobs.ts'

const webhookOf = ({ job }: JobResult): string => (job.data as Pick<DeliveryData, 'webhookId'>).webhookId

const settled = (webhookId: string, results: readonly JobResult[], batchId: string): OutcomeEvents => {
  const deliveries = results.map(({ job }) => job.id)
  return {
    stream: deliveryStream(derivedId('delivered', batchId, webhookId)),
    events: [{ type: 'WebhookEventsDelivered', data: { webhookId, deliveries } }],
  }
}

const givenUp = (result: JobResult, batchId: string): OutcomeEvents => {
  const { job, reason = 'its tries are over' } = result
  return {
    stream: deliveryStream(derivedId('given-up', batchId, job.id)),
    events: [{ type: 'WebhookDeliveryGivenUp', data: { webhookId: webhookOf(result), deliveryId: job.id, reason } }],
  }
}

/** One event for all that a webhook took within a moment: the log grows by far less than by an event for each delivery. */
export const webhookOutcomes: Outcomes = {
  // A lane and a key go on only after it: more would bound the deliveries of one webhook, and of one thing, to a few in a second.
  lingerMs: 20,
  eventsOf: (results, batchId) => {
    const over = Map.groupBy(results, ({ outcome }) => outcome === 'dead')
    const byWebhook = Map.groupBy(over.get(false) ?? [], webhookOf)
    return [
      ...[...byWebhook].map(([webhookId, some]) => settled(webhookId, some, batchId)),
      ...(over.get(true) ?? []).map((result) => givenUp(result, batchId)),
    ]
  },
}

import { systemPrincipal } from '../../domain/access/authorise.ts'
import { schemaVersionOf } from '../../domain/event-catalogue.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import { deliveryStream, MOST_DELIVERIES, type DeliveryEvent } from '../../domain/webhooks/delivery/delivery.ts'
import { webhookStream } from '../../domain/webhooks/subscription/events.ts'
import { subscription } from '../../domain/webhooks/subscription/subscription.ts'
import { instantOf, type Clock } from '../../platform/clock.ts'
import { NO_STREAM, type EventStore, type Position } from '../../platform/event-store/event-store.ts'
import { derivedId } from '../../platform/ids.ts'
import { hasCode } from '../../platform/platform-error.ts'
import type { CommandContext, CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'

/** Who acts in these events. */
const WORKER = systemPrincipal('webhooks')
const TRIES = 5

interface Recording {
  readonly store: EventStore
  readonly clock: Clock
}

/**
 * One outcome in a stream of its own. Stream and ids follow from `key`, so that a repeat is recognised; it is sent again when
 * its answer was lost.
 */
const record = async (
  { store, clock }: Recording,
  key: readonly string[],
  { type, data }: DeliveryEvent,
): Promise<Position> => {
  const commandId = derivedId(type, ...key)
  const metadata: EventMetadata = {
    schemaVersion: schemaVersionOf(type),
    actor: { kind: WORKER.kind, id: WORKER.accountId, via: WORKER.via },
    at: instantOf(clock),
    correlationId: commandId,
    causationId: commandId,
    commandId,
  }
  const event = { id: derivedId(commandId, 'event'), type, data, metadata }
  for (let attempt = 1; ; attempt++) {
    try {
      return (await store.append(deliveryStream(commandId), [event], NO_STREAM)).position
    } catch (error) {
      if (!hasCode(error, 'unknown-outcome') || attempt === TRIES) throw error
    }
  }
}

/**
 * Records that deliveries (ids of their jobs, each of which ends once: to deliver anew is another job) are settled. A repeat
 * with the same ids in the same order records nothing more.
 * @throws {PlatformError} `unavailable` | `unknown-outcome`: repeat it
 */
export const recordDelivered = async (
  recording: Recording,
  webhookId: string,
  deliveries: readonly string[],
): Promise<void> => {
  for (let from = 0; from < deliveries.length; from += MOST_DELIVERIES) {
    const some = deliveries.slice(from, from + MOST_DELIVERIES)
    const data = { webhookId, deliveries: some }
    await record(recording, [webhookId, ...some], { type: 'WebhookEventsDelivered', data })
  }
}

/**
 * Records that a delivery is not tried any more; the first reason stays.
 * @throws {PlatformError} `unavailable` | `unknown-outcome`: repeat it
 */
export const recordGivenUp = async (
  recording: Recording,
  outcome: { readonly webhookId: string; readonly deliveryId: string; readonly reason: string },
): Promise<void> => {
  const { webhookId, deliveryId } = outcome
  await record(recording, [webhookId, deliveryId], { type: 'WebhookDeliveryGivenUp', data: outcome })
}

/**
 * Pauses a webhook, unless somebody stopped or removed it already. `cause` tells this verdict from others (the job and its
 * try): a repeat of it does not pause anew what was resumed meanwhile. `failingSince`: milliseconds since the epoch.
 * @throws {PlatformError} `unavailable` | `unknown-outcome`: repeat it
 */
export const pauseWebhook = async (
  dependencies: CommandDependencies,
  verdict: {
    readonly webhookId: string
    readonly reason: string
    readonly failingSince: number
    readonly cause: string
  },
): Promise<void> => {
  const { webhookId, reason, cause } = verdict
  const commandId = derivedId('pause-webhook', webhookId, cause)
  const context: CommandContext = {
    principal: WORKER,
    commandId,
    correlationId: commandId,
    expectedRevision: undefined,
    repeat: true,
  }
  const failingSince = new Date(verdict.failingSince).toISOString()
  await decideAndAppend(dependencies, context, webhookStream(webhookId), subscription, {
    type: 'PauseWebhook',
    reason,
    failingSince,
  })
}

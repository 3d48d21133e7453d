import type { SeenEvent } from '../../domain/live/event-sight.ts'
import type { Clock } from '../../platform/clock.ts'
import type { DeliveryLog } from '../../platform/delivery-log/delivery-log.ts'
import type { DeliveryAttempt, DeliveryPurpose, DeliveryState } from '../../platform/delivery-log/delivery-rows.ts'
import { isOutboundError } from '../../platform/outbound/outbound-error.ts'
import type { OutboundResponse } from '../../platform/outbound/outbound-request.ts'
import type { Outbound } from '../../platform/outbound/outbound.ts'
import type { VaultWebhook } from '../../platform/vault/vault.ts'
import { messageOf } from './message.ts'
import { isTaken, reasonOf, verdictOn, type Answer, type Verdict } from './verdict.ts'

export interface Sending {
  readonly outbound: Outbound
  readonly deliveries: DeliveryLog
  readonly clock: Clock
  /** `Waybill/<version>`. */
  readonly userAgent: string
  /** Pauses a webhook; `cause` tells this time from others. Throws `unavailable`. */
  readonly pause: (verdict: {
    readonly webhookId: string
    readonly reason: string
    readonly failingSince: number
    readonly cause: string
  }) => Promise<void>
}

/** One try. */
export interface Delivery {
  readonly webhook: VaultWebhook
  readonly seen: SeenEvent
  readonly deliveryId: string
  readonly purpose: DeliveryPurpose
  /** From 1. */
  readonly attempt: number
  /** Ends the try without a verdict. */
  readonly signal: AbortSignal
}

/** For all of a try, to the last byte of the answer. */
const TIMEOUT_MS = 10_000
/** What is read of an answer: more than is kept, so that connections of talkative receivers are used again. */
const MOST_ANSWER_BYTES = 65_536

const STATES: Readonly<Record<Verdict['verdict'], DeliveryState>> = {
  taken: 'delivered',
  again: 'retrying',
  'give-up': 'given-up',
  pause: 'paused',
}

/** An answer, or the sentence that says why there is none. Throws what `signal` was aborted with. */
const answerTo = async (
  { outbound }: Sending,
  url: string,
  message: ReturnType<typeof messageOf>,
  signal: AbortSignal,
): Promise<OutboundResponse | { readonly failure: string }> => {
  try {
    return await outbound.send({
      method: 'POST',
      url,
      headers: message.headers,
      body: message.body,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MOST_ANSWER_BYTES,
      beyond: 'cut',
      signal,
    })
  } catch (error) {
    if (isOutboundError(error)) return { failure: error.message }
    throw error
  }
}

/**
 * Sends an event to a webhook and says what follows from the answer: recorded in the log of deliveries, and the webhook paused
 * where that is the verdict.
 * @throws what `signal` was aborted with; {PlatformError} `unavailable`: it may have been sent, and is to be tried again
 */
export const sendDelivery = async (sending: Sending, delivery: Delivery): Promise<Verdict> => {
  const { deliveries, clock, userAgent } = sending
  const { webhook, seen, deliveryId, purpose, attempt } = delivery
  const { webhookId } = webhook
  const { event } = seen
  const at = clock.now()
  const message = messageOf(webhook, seen, { now: at, userAgent })
  const began = performance.now()
  const came = await answerTo(sending, webhook.url, message, delivery.signal)
  const durationMs = performance.now() - began
  const answer: Answer = 'failure' in came ? came : { status: came.status, retryAfter: came.headers['retry-after'] }
  const failing = isTaken(answer)
    ? { since: at, othersTaken: true }
    : await deliveries.failing({ webhookId, deliveryId, now: at })
  const verdict = verdictOn(answer, failing, { attempt, now: clock.now() })
  const row: DeliveryAttempt = {
    deliveryId,
    webhookId,
    eventId: event.id,
    eventType: event.type,
    subject: event.subject ?? undefined,
    position: event.position,
    purpose,
    attempt,
    at,
    durationMs,
    state: STATES[verdict.verdict],
    request: { headers: message.shownHeaders, body: message.body },
    response: 'failure' in came ? undefined : came,
    error: isTaken(answer) ? undefined : reasonOf(answer),
  }
  deliveries.record(row)
  if (verdict.verdict === 'pause') {
    const cause = `${deliveryId} ${attempt} ${at}`
    await sending.pause({ webhookId, reason: verdict.reason, failingSince: failing.since, cause })
  }
  return verdict
}

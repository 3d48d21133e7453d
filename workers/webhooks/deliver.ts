import type { SeenEvent } from '../../domain/live/event-sight.ts'
import { liveEventOf, type LiveEvent } from '../../domain/live/live-event.ts'
import type { Job } from '../../platform/job-queue/job-queue.ts'
import type { ReadModelProgress } from '../../projections/read-models.ts'
import type { WebhookRow } from '../../projections/webhooks/queries.ts'
import type { WorkOutcome } from '../work.ts'
import type { SightOf } from './event-sight.ts'
import type { EventSource } from './recent-events.ts'
import { sendDelivery, type Sending } from './send-delivery.ts'
import type { Verdict } from './verdict.ts'
import type { WebhookDirectory } from './webhook-directory.ts'
import type { DeliveryData } from './webhook-jobs.ts'

export interface Delivering extends Sending {
  readonly directory: WebhookDirectory
  readonly events: EventSource
  readonly sightOf: SightOf
  readonly progress: Pick<ReadModelProgress, 'reached'>
}

const BEHIND_MS = 1000
/** Until its lane is held, or its settings are back. */
const HELD_MS = 30_000

export const laterBy = (clock: Delivering['clock'], milliseconds: number): WorkOutcome => ({
  outcome: 'later',
  notBefore: clock.now() + milliseconds,
})

export const isDelivering = ({ active, paused }: WebhookRow): boolean => active && paused === undefined

export const outcomeOf = (clock: Delivering['clock'], verdict: Verdict): WorkOutcome => {
  switch (verdict.verdict) {
    case 'taken':
      return { outcome: 'done' }
    case 'again':
      return { outcome: 'failed', reason: verdict.reason, notBefore: verdict.at }
    case 'give-up':
      return { outcome: 'dead', reason: verdict.reason }
    case 'pause':
      return laterBy(clock, HELD_MS)
  }
}

/** Who tries a webhook out manages it; the event says no more than that. */
const seenForTest = (event: LiveEvent): SeenEvent => ({ event, audited: false })

/** Carries out one job of the kind `webhook`. Throws `unavailable`, and what the job's signal was aborted with. */
export const deliverer =
  (delivering: Delivering) =>
  async ({ id, data, attempt, signal }: Job, begin: () => void): Promise<WorkOutcome> => {
    const { directory, events, sightOf, progress, clock } = delivering
    const { webhookId, position, purpose, event: place } = data as DeliveryData
    // Before that neither the webhook nor what happened can be looked up.
    if (!(await progress.reached(position))) return laterBy(clock, BEHIND_MS)
    const settings = await directory.settings(webhookId)
    if (settings === undefined) return { outcome: 'unsent', reason: 'the webhook was deleted' }
    if (purpose !== 'test' && !isDelivering(settings)) return laterBy(clock, HELD_MS)
    const recorded = place === undefined ? await events.at(position) : await events.inStream(place)
    if (recorded === undefined) return { outcome: 'unsent', reason: 'the event is not in the log' }
    const event = liveEventOf(recorded)
    const seen = purpose === 'test' ? seenForTest(event) : await sightOf(settings.creatorId, event)
    if (seen === undefined) return { outcome: 'unsent', reason: 'the creator of the webhook may not read the event' }
    const webhook = await directory.secrets(webhookId)
    if (webhook === undefined) return laterBy(clock, HELD_MS)
    begin()
    const verdict = await sendDelivery(delivering, { webhook, seen, deliveryId: id, purpose, attempt, signal })
    return outcomeOf(clock, verdict)
  }

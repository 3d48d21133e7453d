import type { Sql } from 'postgres'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import type { Tail } from '../../platform/event-store/tail.ts'
import type { WebhookVault } from '../../platform/vault/vault.ts'
import type { ReadModelProgress } from '../../projections/read-models.ts'
import type { ProcessManager, Work } from '../work.ts'
import { backoff } from './backoff.ts'
import { deliverer } from './deliver.ts'
import { eventSight } from './event-sight.ts'
import { recentEvents } from './recent-events.ts'
import { replayProgress } from './replay-progress.ts'
import { replayer } from './replay.ts'
import type { Sending } from './send-delivery.ts'
import { webhookDirectory } from './webhook-directory.ts'
import { laneOfDelivery, REPLAY_KIND, WEBHOOK_KIND } from './webhook-jobs.ts'
import { wantedDeliveries } from './wanted-deliveries.ts'
import { webhookOutcomes } from './webhook-outcomes.ts'

export interface WebhookWorkSources extends Sending {
  readonly sql: Sql
  readonly store: EventStore
  readonly tail: Tail
  readonly progress: ReadModelProgress
  readonly vault: Pick<WebhookVault, 'load'>
}

/** Those that wait for the log, and for a place of their webhook, among them: 16 of one are sent at a time at most. */
const DELIVERIES = 2048
const REPLAYS = 4
/** A try takes 10 s at most. */
const DELIVERY_LEASE_MS = 60_000
/** Renewed after every page. */
const REPLAY_LEASE_MS = 10 * 60_000
/** The verdict on a delivery ends it, never the count of its tries. */
const ATTEMPTS = 1_000_000

/** The work of webhooks: deliveries, and replays of the log to one of them. `close` stops listening to the log. */
export const webhookWork = (
  sources: WebhookWorkSources,
): { readonly work: readonly Work[]; readonly close: () => void } => {
  const { store, tail, sql } = sources
  const events = recentEvents(store, tail)
  const delivering = {
    ...sources,
    directory: webhookDirectory(sources),
    events,
    sightOf: eventSight(sources),
  }
  const policy = { attempts: ATTEMPTS, backoff: (attempt: number) => backoff(attempt) }
  return {
    work: [
      {
        kind: WEBHOOK_KIND,
        manager: wantedDeliveries as ProcessManager,
        policy: { ...policy, concurrency: DELIVERIES, leaseMs: DELIVERY_LEASE_MS },
        perform: deliverer(delivering),
        laneOf: laneOfDelivery,
        outcomes: webhookOutcomes,
      },
      {
        kind: REPLAY_KIND,
        policy: { ...policy, concurrency: REPLAYS, leaseMs: REPLAY_LEASE_MS },
        perform: replayer({ ...delivering, replays: replayProgress(sql) }),
        outcomes: webhookOutcomes,
      },
    ],
    close: () => events.close(),
  }
}

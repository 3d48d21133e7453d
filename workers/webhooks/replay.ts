import type { Sql } from 'postgres'
import { liveEventOf } from '../../domain/live/live-event.ts'
import { justBefore, START, type EventStore, type Position } from '../../platform/event-store/event-store.ts'
import { derivedId } from '../../platform/ids.ts'
import type { Job } from '../../platform/job-queue/job-queue.ts'
import { positionAt } from '../../projections/log-clock/queries.ts'
import type { WebhookRow } from '../../projections/webhooks/queries.ts'
import type { LoggedEvent, WorkOutcome } from '../work.ts'
import { readEvent } from '../logged-event.ts'
import { isDelivering, laterBy, outcomeOf, type Delivering } from './deliver.ts'
import { wants } from './matching.ts'
import type { ReplayProgress, ReplayState } from './replay-progress.ts'
import { sendDelivery } from './send-delivery.ts'
import type { Verdict } from './verdict.ts'
import type { ReplayData } from './webhook-jobs.ts'

export interface Replaying extends Delivering {
  readonly sql: Sql
  readonly store: Pick<EventStore, 'readAll'>
  readonly replays: ReplayProgress
}

const PAGE = 200
/** Streams at a time; the events of a stream go one after another. */
const STREAMS = 8
const LATER_MS = 5000

/** Where the log is read from. */
const startOf = async ({ sql, events }: Replaying, { since, after, position }: ReplayData): Promise<Position> => {
  if (after !== undefined) return (await events.inStream(after))?.position ?? START
  if (since === undefined) return START
  // The last position before the instant: what happened at it belongs to the replay.
  const before = new Date(Date.parse(since) - 1).toISOString()
  return (await positionAt(sql, before)) ?? position
}

type Stop = { readonly at: Position; readonly verdict: Verdict | 'no-secrets' }

/** Delivers events one after another; where it stopped, and why. Given up ones are passed over. */
const deliverStream = async (
  replaying: Replaying,
  { webhookId, creatorId }: WebhookRow,
  job: Job,
  events: readonly LoggedEvent[],
  failures: number,
): Promise<Stop | undefined> => {
  for (const recorded of events) {
    job.signal.throwIfAborted()
    const seen = await replaying.sightOf(creatorId, liveEventOf(recorded))
    if (seen === undefined) continue
    const webhook = await replaying.directory.secrets(webhookId)
    if (webhook === undefined) return { at: recorded.position, verdict: 'no-secrets' }
    const deliveryId = derivedId('webhook-replay', job.id, recorded.id)
    const delivery = { webhook, seen, deliveryId, attempt: failures + 1, signal: job.signal }
    const verdict = await sendDelivery(replaying, { ...delivery, purpose: 'replay' })
    if (verdict.verdict !== 'taken' && verdict.verdict !== 'give-up') return { at: recorded.position, verdict }
  }
  return undefined
}

/** Delivers a page, some streams at a time; the first place in the log at which one of them stopped. */
const deliverPage = async (
  replaying: Replaying,
  webhook: WebhookRow,
  job: Job,
  page: readonly LoggedEvent[],
  failures: number,
): Promise<Stop | undefined> => {
  const streams = [...Map.groupBy(page, ({ stream }) => stream).values()].values()
  const stops: Stop[] = []
  const run = async (): Promise<void> => {
    for (const events of streams) {
      const stop = await deliverStream(replaying, webhook, job, events, failures)
      if (stop === undefined) continue
      stops.push(stop)
      return
    }
  }
  await Promise.all(Array.from({ length: STREAMS }, run))
  // Where another one failed, the failure says when to go on.
  const [first] = stops.toSorted((a, b) => (a.at < b.at ? -1 : 1))
  const failed = stops.find(({ verdict }) => verdict !== 'no-secrets')
  return first === undefined ? undefined : { at: first.at, verdict: failed?.verdict ?? 'no-secrets' }
}

/**
 * Carries out one job of the kind `webhook-replay`: reads the log page by page and delivers what the webhook wants today, in order for
 * each stream. What fails is tried again as any delivery is, and holds the replay up meanwhile; a replay that is begun anew
 * repeats at most a page. Throws `unavailable`, and what the job's signal was aborted with.
 */
export const replayer =
  (replaying: Replaying) =>
  async (job: Job): Promise<WorkOutcome> => {
    const { directory, store, replays, progress, clock } = replaying
    const data = job.data as ReplayData
    if (!(await progress.reached(data.position))) return laterBy(clock, LATER_MS)
    const end = async (outcome: WorkOutcome): Promise<WorkOutcome> => {
      await replays.forget(job.id)
      return outcome
    }
    let state: ReplayState = (await replays.of(job.id)) ?? { position: await startOf(replaying, data), failures: 0 }
    for (;;) {
      const webhook = await directory.settings(data.webhookId)
      if (webhook === undefined) return await end({ outcome: 'unsent', reason: 'the webhook was deleted' })
      if (!isDelivering(webhook)) return laterBy(clock, LATER_MS)
      const page = await store.readAll(state.position, PAGE)
      const before = page.filter(({ position }) => position < data.position)
      const wanted = before.map(readEvent).filter((event) => wants(webhook, event))
      const stop = await deliverPage(replaying, webhook, job, wanted, state.failures)
      if (stop !== undefined) {
        const position = justBefore(stop.at)
        const same = position === state.position
        const failures = stop.verdict === 'no-secrets' ? state.failures : (same ? state.failures : 0) + 1
        await replays.keep(job.id, { position, failures })
        return stop.verdict === 'no-secrets' ? laterBy(clock, LATER_MS) : outcomeOf(clock, stop.verdict)
      }
      const last = before.at(-1)
      if (last === undefined || before.length < page.length) return await end({ outcome: 'done' })
      state = { position: last.position, failures: 0 }
      await replays.keep(job.id, state)
      await job.progress()
    }
  }

import type { Sql } from '../../platform/database/database.ts'
import type { Position, RecordedEvent } from '../../platform/event-store/event-store.ts'
import { derivedId } from '../../platform/ids.ts'
import type { Fault } from './faults.ts'
import type { Receipt } from './receiver.ts'
import type { Subscription } from './expectation.ts'

/** What became of the deliveries of one subscription. */
export interface Deliveries {
  readonly wanted: number
  /** Ids of events that the receiver never got. */
  readonly missing: readonly string[]
  /** Of streams of which it got events first in another order than that of the log: the revisions in that order. */
  readonly outOfOrder: readonly (readonly number[])[]
  /** What it got more than once, with the instants. */
  readonly repeats: readonly { readonly eventId: string; readonly at: readonly number[] }[]
  /** Events whose outcome is not in the log exactly once, with how often it is. */
  readonly recordedOtherwise: readonly { readonly eventId: string; readonly times: number }[]
}

const revisionsByStream = (events: readonly RecordedEvent[]): readonly (readonly number[])[] =>
  [...Map.groupBy(events, ({ stream }) => stream).values()].map((own) => own.map(({ revision }) => revision))

const isAscending = (numbers: readonly number[]): boolean =>
  numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? number))

/** How often each delivery is recorded as over, by its id. */
export const recordedOutcomes = (log: readonly RecordedEvent[]): ReadonlyMap<string, number> => {
  const times = new Map<string, number>()
  for (const { type, data } of log) {
    const ids =
      type === 'WebhookEventsDelivered'
        ? (data as { readonly deliveries: readonly string[] }).deliveries
        : type === 'WebhookDeliveryGivenUp'
          ? [(data as { readonly deliveryId: string }).deliveryId]
          : []
    for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1)
  }
  return times
}

export const deliveriesOf = (
  { path, wants }: Subscription,
  webhookId: string,
  log: readonly RecordedEvent[],
  receipts: readonly Receipt[],
): Deliveries => {
  const wanted = log.filter(wants)
  const known = new Map(log.map((event) => [event.id, event]))
  const got = Map.groupBy(
    receipts.filter((receipt) => receipt.path === path),
    ({ eventId }) => eventId,
  )
  const firsts = [...got.keys()].flatMap((id) => {
    const event = known.get(id)
    return event !== undefined && wants(event) ? [event] : []
  })
  const outcomes = recordedOutcomes(log)
  return {
    wanted: wanted.length,
    missing: wanted.filter(({ id }) => !got.has(id)).map(({ id }) => id),
    outOfOrder: revisionsByStream(firsts).filter((revisions) => !isAscending(revisions)),
    repeats: [...got]
      .filter(([, times]) => times.length > 1)
      .map(([eventId, times]) => ({ eventId, at: times.map(({ at }) => at) })),
    recordedOtherwise: wanted
      .map(({ id }) => ({ eventId: id, times: outcomes.get(derivedId('webhook', webhookId, id)) ?? 0 }))
      .filter(({ times }) => times !== 1),
  }
}

/** What the receiver has got is recorded within this time, however busy the machine is. */
const RECORDED_MS = 3000

/** Receipts that came once more although nothing was killed just after the one before, or was down then. */
export const unexplained = (repeats: Deliveries['repeats'], faults: readonly Fault[]): Deliveries['repeats'] => {
  const explains = ({ from, until }: Fault, earlier: number, later: number): boolean =>
    earlier <= until && from <= later && from - earlier < RECORDED_MS
  return repeats.filter(({ at }) =>
    at.slice(1).some((later, index) => !faults.some((fault) => explains(fault, at[index] ?? later, later))),
  )
}

/**
 * What is not over: pending and dead jobs, and process managers that are behind or stand still. One statement, since between two a
 * manager may decide the last event and write jobs that the first one has not seen.
 */
export const unfinished = async (sql: Sql, head: Position): Promise<readonly string[]> => {
  const rows = await sql<{ what: string }[]>`
    select format('%s jobs are %s', count(*), state) as what from pending_jobs group by state
    union all
    select format('%s is at %s of %s: %s', name, checkpoint, ${head}::text, coalesce(error, 'behind')) from process_managers
    where checkpoint <> ${head} or error is not null
    union all
    select format('the lane %s is held or off the common path', lane) from job_lanes`
  return rows.map(({ what }) => what)
}

import type { EventMetadata } from '../../domain/metadata.ts'
import { START, type EventStore, type Position, type RecordedEvent } from '../../platform/event-store/event-store.ts'
import { Failure } from '../failure.ts'
import type { Moment } from '../moment.ts'

/** The state of the log that a replay ends at. */
export interface Reached {
  readonly position: Position
  /** The running maximum of the events' instants, as the read models have it; undefined before the first event. */
  readonly instant: string | undefined
  readonly events: number
}

export interface ReadLog {
  readonly until: Moment
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly signal: AbortSignal
  /** Called for each page. */
  readonly progress: (reached: Reached, head: Position) => void
}

const PAGE = 5000

const future = (sentence: string): Failure => new Failure('future-instant', sentence)

const refuseFuture = (until: Moment, now: number, head: Position): void => {
  if (until.kind === 'instant' && Date.parse(until.instant) > now)
    throw future(`${until.instant} lies in the future: nobody knows yet what the log will hold`)
  if (until.kind === 'position' && until.position > head)
    throw future(`the log ends at ${head}, before the position ${until.position}`)
}

/**
 * Gives every event of the log up to the moment, in order, to `take`. Up to an instant means as for the read models: to the last
 * position before the first event that is later. What is appended after the call began is left out.
 * @throws {Failure} `future-instant`
 */
export const readLogUntil = async (
  store: EventStore,
  { until, now, signal, progress }: ReadLog,
  take: (event: RecordedEvent) => void,
): Promise<Reached> => {
  const head = await store.head()
  refuseFuture(until, now, head)
  const last = until.kind === 'position' ? until.position : head
  let reached: Reached = { position: START, instant: undefined, events: 0 }
  // the next page is fetched while this one is folded
  let next = store.readAll(START, PAGE)
  for (;;) {
    const page = await next
    signal.throwIfAborted()
    const end = page.at(-1)
    if (end === undefined) return reached
    next = store.readAll(end.position, PAGE)
    next.catch(() => undefined) // thrown where it is awaited; nobody awaits it when this was the last page
    for (const event of page) {
      const { at } = event.metadata as EventMetadata
      if (event.position > last || (until.kind === 'instant' && at > until.instant)) return reached
      take(event)
      const instant = reached.instant === undefined || at > reached.instant ? at : reached.instant
      reached = { position: event.position, instant, events: reached.events + 1 }
    }
    progress(reached, head)
  }
}

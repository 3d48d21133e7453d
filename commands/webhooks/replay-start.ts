import { DomainError } from '../../domain/errors.ts'
import type { EventPlace } from '../../domain/webhooks/subscription/events.ts'
import type { Static } from 'typebox'
import { justBefore, START, type EventStore, type Position } from '../../platform/event-store/event-store.ts'

const POSITION = /^\d{20}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/
const BEGINNING = new Date(0).toISOString()

/** The stream and revision of the event at the position, which mean the same in every store; undefined: none is there. */
export const eventAt = async (
  store: EventStore,
  position: Position,
): Promise<Static<typeof EventPlace> | undefined> => {
  if (position === START) return undefined
  const [event] = await store.readAll(justBefore(position), 1)
  return event?.position === position ? { stream: event.stream, revision: event.revision } : undefined
}

const instantFrom = (text: string, now: number): string => {
  const milliseconds = INSTANT.test(text) ? Date.parse(text) : NaN
  // of February 30 the parser makes March 2
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(text.slice(0, 19)))
    throw new DomainError('invalid-input', `after is neither a position nor an instant like 2026-03-01T12:00:00Z.`)
  if (milliseconds > now) throw new DomainError('future-instant', `after ${text} lies in the future.`)
  return new Date(milliseconds).toISOString()
}

/**
 * Where a replay begins, as an event may say it.
 * @throws {DomainError} `invalid-input` | `future-instant`
 */
export const replayStart = async (
  store: EventStore,
  after: string,
  now: number,
): Promise<{ readonly since: string } | { readonly after: Static<typeof EventPlace> }> => {
  if (!POSITION.test(after)) return { since: instantFrom(after, now) }
  if (after === START) return { since: BEGINNING }
  const place = await eventAt(store, after)
  if (place === undefined) throw new DomainError('invalid-input', `after ${after} is the position of no event.`)
  return { after: place }
}

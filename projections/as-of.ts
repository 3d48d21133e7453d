import type { Sql } from 'postgres'
import { DomainError } from '../domain/errors.ts'
import type { Clock } from '../platform/clock.ts'
import { END, type Position } from '../platform/event-store/event-store.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import { positionAt } from './log-clock/queries.ts'
import type { ReadModelProgress } from './read-models.ts'

/** A bound for queries: rows valid at this position. `END` means now. */
export type AsOf = Position

/** RFC 3339 in UTC with `Z` and at most milliseconds, the only form that addresses may hold. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/

export interface AsOfSource {
  readonly sql: Sql
  readonly tail: Tail
  readonly progress: ReadModelProgress
  readonly clock: Clock
}

const settle = async ({ tail, progress }: AsOfSource, position?: Position): Promise<void> => {
  await tail.confirm()
  const wanted = position === undefined || position > tail.position ? tail.position : position
  if (!(await progress.reached(wanted)))
    throw new DomainError('unavailable', 'The read models have not caught up with the log yet.')
}

/**
 * The bound for an instant: the log as it was when its clock stood there. Waits until the read models have reached the head
 * seen now, so that nothing that happened before the instant is missing.
 * @throws {DomainError} `invalid-input` | `future-instant` | `unavailable`
 */
export const asOfInstant = async (source: AsOfSource, instant: string): Promise<AsOf> => {
  const milliseconds = INSTANT.test(instant) ? Date.parse(instant) : NaN
  // of February 30 the parser makes March 2
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(instant.slice(0, 19)))
    throw new DomainError('invalid-input', `${instant} is not an instant like 2026-03-01T12:00:00Z.`)
  if (milliseconds > source.clock.now())
    throw new DomainError('future-instant', `${instant} lies in the future: nobody knows yet what the log will hold.`)
  await settle(source)
  const normal = new Date(milliseconds).toISOString()
  return (await positionAt(source.sql, normal)) ?? source.tail.position
}

/** The bound for an instant or a position of the log. */
export const asOf = async (source: AsOfSource, text: string): Promise<AsOf> => {
  if (!/^\d{20}$/.test(text)) return asOfInstant(source, text)
  await settle(source, text)
  return text
}

/** Whether the bound is the present. */
export const isNow = (at: AsOf): boolean => at === END

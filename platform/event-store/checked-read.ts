import type { Position } from './event-store.ts'

const MOST = 10_000

/** The size of a page or batch: a whole number from 1 to 10,000, or a RangeError. */
export const checkedLimit = (limit: number): number => {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST) return limit
  throw new RangeError(`a page holds 1 to ${MOST} events, not ${limit}`)
}

/** A position in the port's form, or a RangeError. */
export const checkedPosition = (position: Position): Position => {
  if (/^\d{20}$/.test(position)) return position
  throw new RangeError(`${JSON.stringify(position)} is not a position`)
}

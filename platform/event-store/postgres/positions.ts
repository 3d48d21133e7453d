import { checkedPosition } from '../checked-read.ts'
import type { Position } from '../event-store.ts'

const LAST: Position = '09223372036854775807'

/** The port's form of a position column. */
export const positionOf = (column: string): Position => column.padStart(20, '0')

/** A position as a bigint that Postgres takes; one beyond every bigint as the last. */
export const columnOf = (position: Position): Position => {
  const checked = checkedPosition(position)
  return checked < LAST ? checked : LAST
}

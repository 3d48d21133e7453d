import type { Position } from '../platform/event-store/event-store.ts'

/** The whole log in shares, for a progress bar: positions grow with the log, but not by one for each event. */
export const LOG_SHARES = 10_000

/** How many shares of the log lie up to the position. */
export const logShare = (position: Position, head: Position): number => {
  const whole = BigInt(head)
  return whole === 0n ? LOG_SHARES : Number((BigInt(position) * BigInt(LOG_SHARES)) / whole)
}

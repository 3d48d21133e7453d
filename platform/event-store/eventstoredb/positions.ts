import { checkedPosition } from '../checked-read.ts'
import { type Position, START } from '../event-store.ts'

/** The port's form of a commit position. Commit and prepare position of an event are always equal. */
export const positionOf = (commit: bigint): Position => String(commit).padStart(20, '0')

/** Positions are signed 64-bit offsets on the server. */
export const LAST: Position = '09223372036854775807'

interface ServerPosition {
  readonly commit: bigint
  readonly prepare: bigint
}

/** Where the server is to begin. Only positions that it gave out are taken; before the first event it has a word of its own. */
export const serverPosition = (position: Position): 'start' | ServerPosition => {
  if (checkedPosition(position) === START) return 'start'
  const commit = BigInt(position < LAST ? position : LAST)
  return { commit, prepare: commit }
}

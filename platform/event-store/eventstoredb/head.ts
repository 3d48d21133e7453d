import { BACKWARDS, END as LOG_END } from '@eventstore/db-client'
import { type Position, START } from '../event-store.ts'
import type { Link } from './connection.ts'
import { positionOf, serverPosition } from './positions.ts'
import { commitOf, isOurs } from './recorded-events.ts'
import { through } from './reading.ts'
import type { StreamNames } from './stream-names.ts'

/**
 * Finds the last event of ours. Events of others do not count: to whoever follows the log they are not there, so nobody may
 * be made to wait until they are reached.
 */
export interface HeadFinder {
  /** The result, like that of every read, counts only when the link is not over afterwards. */
  find(link: Link): Promise<Position>
  /** Tells of an event of ours, so that nobody has to look further back than to it. */
  noticed(position: Position): void
}

const MOST_AT_ONCE = 4096

/** The log is looked at from its end back to where an earlier look ended: one event, unless others write a lot. */
export const newHeadFinder = (names: StreamNames): HeadFinder => {
  /** The last event of ours up to `looked` is at `ours`. */
  let looked = START
  let ours = START

  const find = async (link: Link): Promise<Position> => {
    let end: Position | undefined
    let before: Position | undefined
    let found: Position | undefined
    for (let count = 1; found === undefined; count = Math.min(count * 16, MOST_AT_ONCE)) {
      let received = 0
      const read = link.client.readAll({
        direction: BACKWARDS,
        fromPosition: before === undefined ? LOG_END : serverPosition(before),
        maxCount: count,
        requiresLeader: true,
      })
      await through(read, ({ event }) => {
        received += 1
        if (event === undefined || found !== undefined) return 'more'
        before = positionOf(commitOf(event))
        end ??= before
        if (before <= looked) found = ours
        else if (isOurs(event, names)) found = before
        return found !== undefined && count - received > 1 ? 'enough' : 'more'
      })
      if (received < count) found ??= START
    }
    if (!link.over && end !== undefined && end > looked) {
      looked = end
      ours = found
    }
    return found
  }

  return {
    find,
    noticed(position) {
      if (position <= looked) return
      looked = position
      ours = position
    },
  }
}

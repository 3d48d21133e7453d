import { setTimeout as delay } from 'node:timers/promises'
import { MAX_AGE_MS } from '../platform/event-store/fresh-cache.ts'
import { START, type Position } from '../platform/event-store/event-store.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import type { ReadModelProgress } from './read-models.ts'

/** What this process has acknowledged is in everything that is read through it, or through another process, afterwards. */
export interface OwnWrites {
  /** Resolves when what was appended up to there may be acknowledged; `early`: before the read models have it, if that can be. */
  settled(position: Position, options?: { readonly early: boolean }): Promise<void>
  /** Resolves when the read models hold all that was acknowledged: whoever reads them without a cache waits for it first. */
  caughtUp(): Promise<void>
}

export interface OwnWritesOptions {
  readonly tail: Pick<Tail, 'reached'>
  readonly progress: ReadModelProgress
  /** Whether all that is read is read through this process, which waits for the read models then instead of the writer. */
  readonly readsAlone: () => boolean
  /** Whether other processes serve from memory. */
  readonly others: () => boolean
}

/** After that it is as it is: what was appended is in the log. */
const MOST_MS = 2000

/** See ADR 0019. */
export const openOwnWrites = ({ tail, progress, readsAlone, others }: OwnWritesOptions): OwnWrites => {
  let acknowledged = START
  return {
    async settled(position, { early } = { early: false }) {
      await Promise.all([
        tail.reached(position, MOST_MS), // from then on nothing in memory is from before it
        early && readsAlone() ? undefined : progress.reached(position, MOST_MS),
        others() ? delay(MAX_AGE_MS) : undefined,
      ])
      if (position > acknowledged) acknowledged = position
    },
    async caughtUp() {
      if (progress.position < acknowledged) await progress.reached(acknowledged, MOST_MS)
    },
  }
}

import type { EventStore } from '../../platform/event-store/event-store.ts'
import { PlatformError } from '../../platform/platform-error.ts'

/** What befalls an append: the process dies before or after it, or it is carried out and its answer is lost. */
export type Mishap = 'dies-before' | 'dies-after' | 'answer-lost'

/** Rejects as a process that is gone: whoever waits never hears more than that. */
export class ProcessDied extends Error {}

/** Fewer than the tries that the pipeline gives an append whose answer was lost. */
const MOST_LOST = 3

/** A store of which one append after the other, repeats counted, meets with what is planned for it; then all goes well. */
export const crashingStore = (inner: EventStore, planned: readonly (Mishap | undefined)[]): EventStore => {
  let appends = 0
  let lost = 0
  return {
    ...inner,
    append: async (stream, events, expectedRevision) => {
      const mishap = planned[appends++]
      if (mishap === 'dies-before') throw new ProcessDied('before the append')
      const result = await inner.append(stream, events, expectedRevision)
      if (mishap === 'dies-after') throw new ProcessDied('after the append')
      lost = mishap === 'answer-lost' ? lost + 1 : 0
      if (lost > 0 && lost <= MOST_LOST) throw new PlatformError('unknown-outcome', 'the answer was lost')
      return result
    },
  }
}

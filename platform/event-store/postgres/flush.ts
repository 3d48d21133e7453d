import type { PendingAppend } from './pending-append.ts'

/** Beyond these a flush gets no faster per append, and holds the lock for too long. */
const MOST_REQUESTS = 256
const MOST_EVENTS = 4096
const MOST_CHARACTERS = 2 * 1024 * 1024

/** Takes the appends of the next flush off the queue: at least one if any still waits, even when it alone is too large. */
export const takeFlush = (queued: PendingAppend[]): readonly PendingAppend[] => {
  const flush: PendingAppend[] = []
  let events = 0
  let characters = 0
  let taken = 0
  for (const pending of queued) {
    if (!pending.settled) {
      events += pending.append.events.length
      characters += pending.append.size
      if (flush.length > 0 && (flush.length === MOST_REQUESTS || events > MOST_EVENTS || characters > MOST_CHARACTERS))
        break
      flush.push(pending)
    }
    taken += 1
  }
  queued.splice(0, taken)
  return flush
}

import type { PendingAppend } from './pending-append.ts'

/** How far beyond its deadline an append may wait; one timer for all is much cheaper than one each. */
const LATENESS_MS = 100

export interface Deadlines {
  add(pending: PendingAppend): void
  /** Lets go of one that is settled. (It would be dropped later too, but holding its bytes until then costs.) */
  remove(pending: PendingAppend): void
  /** Gives up all that are not settled. */
  giveUpAll(reason: string): void
}

/** Gives appends up when their time is over. Their deadlines must rise in the order in which they are added. */
export const newDeadlines = (timeoutMs: number): Deadlines => {
  const waiting = new Set<PendingAppend>()
  let timer: NodeJS.Timeout | undefined

  const sweep = (): void => {
    const now = performance.now()
    for (const pending of waiting) {
      if (!pending.settled && pending.deadline > now) break
      pending.giveUp(`no answer within ${timeoutMs} ms`)
      waiting.delete(pending)
    }
    timer = waiting.size > 0 ? setTimeout(sweep, LATENESS_MS) : undefined
  }

  return {
    add(pending) {
      waiting.add(pending)
      timer ??= setTimeout(sweep, LATENESS_MS)
    },
    remove: (pending) => waiting.delete(pending),
    giveUpAll(reason) {
      for (const pending of waiting) pending.giveUp(reason)
      waiting.clear()
      clearTimeout(timer)
      timer = undefined
    },
  }
}

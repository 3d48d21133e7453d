import type { PendingAppend } from './pending-append.ts'

/** How far beyond its deadline an append may wait; one timer for all is much cheaper than one each. */
const LATENESS_MS = 100

export interface Deadlines {
  add(pending: PendingAppend): void
  /** Gives up all that are not settled. */
  giveUpAll(reason: string): void
}

/** Gives appends up when their time is over. Their deadlines must rise in the order in which they are added. */
export const newDeadlines = (timeoutMs: number): Deadlines => {
  let waiting: PendingAppend[] = []
  let timer: NodeJS.Timeout | undefined

  const sweep = (): void => {
    clearTimeout(timer)
    const now = performance.now()
    waiting = waiting.filter((pending) => {
      if (!pending.settled && pending.deadline <= now) pending.giveUp(`no answer within ${timeoutMs} ms`)
      return !pending.settled
    })
    timer = waiting.length > 0 ? setTimeout(sweep, LATENESS_MS) : undefined
  }

  return {
    add(pending) {
      waiting.push(pending)
      timer ??= setTimeout(sweep, LATENESS_MS)
    },
    giveUpAll(reason) {
      for (const pending of waiting) pending.giveUp(reason)
      sweep()
    },
  }
}

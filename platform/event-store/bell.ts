/** Tells the followers in this process that the log may have grown, so that they need not wait for their next poll. */
export interface Bell {
  ring(): void
  /** Rings so far. Read it before asking the log; a wait that names it cannot miss a ring in between. */
  readonly rings: number
  /** Resolves at the first ring after `heard`, after `ms`, or when `signal` aborts. */
  wait(heard: number, ms: number, signal: AbortSignal): Promise<void>
}

export const newBell = (): Bell => {
  const waiting = new Set<() => void>()
  let rings = 0
  return {
    get rings() {
      return rings
    },
    ring() {
      rings += 1
      for (const wake of [...waiting]) wake()
    },
    async wait(heard, ms, signal) {
      if (rings !== heard || signal.aborted) return
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake)
          clearTimeout(timer)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const timer = setTimeout(wake, ms)
        waiting.add(wake)
        signal.addEventListener('abort', wake, { once: true })
      })
    },
  }
}

/** What ends a request before it has an answer: its time, or the signal of whoever sent it. */
export interface Limit {
  /** Its time is over. */
  readonly late: boolean
  /**
   * The work's result, or a rejection as soon as the limit is met. What can be interrupted has a `stop`, after which it rejects with
   * the reason; what cannot goes on, and what comes of it is nobody's.
   */
  within<T>(work: Promise<T>, stop?: (reason: Error) => void): Promise<T>
  /** Once the request is over. */
  end(): void
}

const errorOf = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

export const startLimit = (timeoutMs: number, signal: AbortSignal | undefined): Limit => {
  const over = Promise.withResolvers<never>()
  // met while nothing is waited for: the next wait tells
  over.promise.catch(() => undefined)
  let late = false
  let met: Error | undefined
  let stopCurrent: ((reason: Error) => void) | undefined

  const meet = (reason: Error): void => {
    met ??= reason
    over.reject(reason)
    stopCurrent?.(reason)
  }
  const onAbort = (): void => meet(errorOf(signal?.reason))
  const timer = setTimeout(() => {
    late = true
    meet(new Error(`no answer within ${timeoutMs} ms`))
  }, timeoutMs)
  if (signal?.aborted === true) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })

  return {
    get late() {
      return late
    },
    async within(work, stop) {
      stopCurrent = stop
      if (met !== undefined) stop?.(met)
      work.catch(() => undefined) // told by the race, or of no interest after the limit
      try {
        return await (stop === undefined ? Promise.race([work, over.promise]) : work)
      } finally {
        stopCurrent = undefined
      }
    },
    end() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/** Callers that wait until a measure (a position, a time) has come far enough. */
export interface Waits<Measure> {
  /** Resolves true once `reached` was called with a measure that is enough, false after `ms` or `giveUp`. */
  wait(enough: (measure: Measure) => boolean, ms: number): Promise<boolean>
  reached(measure: Measure): void
  giveUp(): void
}

export const newWaits = <Measure>(): Waits<Measure> => {
  const waiting = new Map<(done: boolean) => void, (measure: Measure) => boolean>()
  return {
    wait: (enough, ms) =>
      new Promise((resolve) => {
        const finish = (done: boolean): void => {
          clearTimeout(timer)
          waiting.delete(finish)
          resolve(done)
        }
        const timer = setTimeout(() => finish(false), ms)
        waiting.set(finish, enough)
      }),
    reached(measure) {
      for (const [finish, enough] of waiting) if (enough(measure)) finish(true)
    },
    giveUp() {
      for (const finish of waiting.keys()) finish(false)
    },
  }
}

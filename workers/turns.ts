/** Lets one thing happen after another, in the order in which they were asked for. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>
}

export const newTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    take<T>(work: () => Promise<T>): Promise<T> {
      const turn = last.then(work)
      // the next one comes whatever became of this: it is told to whoever took the turn
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

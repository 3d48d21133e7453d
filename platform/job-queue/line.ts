/** First in, first out, at a flat cost for each. */
export interface Line<T> {
  readonly first: T | undefined
  push(item: T): void
  take(): T | undefined
}

const SHORT = 32

export const newLine = <T>(): Line<T> => {
  let items: T[] = []
  let start = 0
  return {
    get first() {
      return items[start]
    },
    push(item) {
      items.push(item)
    },
    take() {
      const item = items[start]
      if (item === undefined) return undefined
      start += 1
      // What was taken is dropped when it is at least half of the array, so that each item is moved once on average.
      if (start >= SHORT && start * 2 >= items.length) {
        items = items.slice(start)
        start = 0
      }
      return item
    },
  }
}

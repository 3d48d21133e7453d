/** A binary heap: what comes first by `before` is taken first, at a cost that grows with the logarithm of its size. */
export interface Heap<T> {
  readonly size: number
  readonly first: T | undefined
  push(item: T): void
  take(): T | undefined
}

export const newHeap = <T>(before: (a: T, b: T) => boolean): Heap<T> => {
  const items: T[] = []

  const rise = (item: T): void => {
    let at = items.push(item) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above] as T
      if (!before(item, parent)) break
      items[at] = parent
      at = above
    }
    items[at] = item
  }

  const sink = (item: T): void => {
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= items.length) break
      if (below + 1 < items.length && before(items[below + 1] as T, items[below] as T)) below += 1
      if (!before(items[below] as T, item)) break
      items[at] = items[below] as T
      at = below
    }
    items[at] = item
  }

  return {
    get size() {
      return items.length
    },
    get first() {
      return items[0]
    },
    push: rise,
    take() {
      const first = items[0]
      const last = items.pop()
      if (items.length > 0) sink(last as T)
      return first
    },
  }
}

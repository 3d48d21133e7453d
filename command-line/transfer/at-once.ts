/**
 * Does the work of every item, so many at once. The first failure keeps further items from being begun; those under way are
 * brought to their end before it is thrown.
 */
export const atOnce = async <Item>(
  items: Iterable<Item>,
  jobs: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const left = items[Symbol.iterator]()
  let failed = false
  let failure: unknown
  const takeOn = async (): Promise<void> => {
    while (!failed) {
      const next = left.next()
      if (next.done === true) return
      try {
        await work(next.value)
      } catch (error) {
        if (!failed) failure = error
        failed = true
      }
    }
  }
  await Promise.all(Array.from({ length: jobs }, takeOn))
  if (failed) throw failure
}

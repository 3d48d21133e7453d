/** Compares by texts, the first first, so that a state is printed in one order however it came about. */
export const byText =
  <T>(...texts: readonly ((item: T) => string)[]) =>
  (a: T, b: T): number => {
    for (const text of texts) {
      const [left, right] = [text(a), text(b)]
      if (left !== right) return left < right ? -1 : 1
    }
    return 0
  }

/** A number of things that may be under way at once, for all who ask; first come, first served. */
export interface Slots {
  /** Resolves with what gives the slot back; call it once. */
  take(): Promise<() => void>
}

export const openSlots = (count: number): Slots => {
  let free = count
  const waiting: (() => void)[] = []

  const giveBack = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  return {
    take: async () => {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return giveBack
    },
  }
}

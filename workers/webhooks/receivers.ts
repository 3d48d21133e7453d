/** Deliveries of one webhook at a time in this process; of one that did not respond to its last try, one. */
const MOST_UNDER_WAY = 16
const MOST_WHILE_FAILING = 1

interface Receiver {
  underWay: number
  failing: boolean
  readonly waiting: (() => void)[]
}

/**
 * Shares the tries of this process out among receivers, so that one which does not answer holds up its own deliveries and not those
 * of others.
 */
export interface Receivers {
  /**
   * Undefined: not now, the receiver does not respond and somebody tries it already. Otherwise, once there is a place, the function to
   * call at the end with whether it responded; undefined where that was not found out.
   */
  enter(webhookId: string): Promise<((responded: boolean | undefined) => void) | undefined>
}

export const shareOut = (): Receivers => {
  const receivers = new Map<string, Receiver>()

  const leave = (receiver: Receiver, responded: boolean | undefined): void => {
    receiver.underWay -= 1
    if (responded !== undefined) receiver.failing = !responded
    // Of those that wait the next one goes; when the receiver fails, all are told.
    for (const look of receiver.waiting.splice(0, receiver.failing ? receiver.waiting.length : 1)) look()
  }

  return {
    async enter(webhookId) {
      const receiver = receivers.get(webhookId) ?? { underWay: 0, failing: false, waiting: [] }
      receivers.set(webhookId, receiver)
      while (receiver.underWay >= MOST_UNDER_WAY && !receiver.failing)
        await new Promise<void>((resolve) => receiver.waiting.push(resolve))
      if (receiver.failing && receiver.underWay >= MOST_WHILE_FAILING) return undefined
      receiver.underWay += 1
      return (responded) => leave(receiver, responded)
    },
  }
}

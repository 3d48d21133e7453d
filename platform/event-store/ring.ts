import type { Position, RecordedEvent } from './event-store.ts'
import { weightOf } from './weight.ts'

export interface RingOptions {
  /** Most events kept. */
  readonly size: number
  /** Most memory kept, by estimate. */
  readonly bytes: number
  /** The ring starts out empty here. */
  readonly floor: Position
}

/** The latest events of the log. It holds everything after `floor` that was pushed. */
export interface Ring {
  readonly floor: Position
  push(events: readonly RecordedEvent[]): void
  /** The events after `position`, at most `limit`. `position` must not be below `floor`. */
  after(position: Position, limit: number): readonly RecordedEvent[]
}

export const newRing = ({ size, bytes, floor: start }: RingOptions): Ring => {
  let kept: { readonly event: RecordedEvent; readonly weight: number }[] = []
  let weight = 0
  let floor = start

  const shrink = (): void => {
    let dropped = 0
    while (kept.length - dropped > size || (weight > bytes && dropped < kept.length)) {
      const oldest = kept[dropped]
      if (oldest === undefined) break
      weight -= oldest.weight
      floor = oldest.event.position
      dropped += 1
    }
    if (dropped > 0) kept = kept.slice(dropped)
  }

  const firstAfter = (position: Position): number => {
    let low = 0
    let high = kept.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((kept[middle]?.event.position ?? '') > position) high = middle
      else low = middle + 1
    }
    return low
  }

  return {
    get floor() {
      return floor
    },
    push(events) {
      for (const event of events) {
        const added = weightOf(event.data) + weightOf(event.metadata) + 200
        kept.push({ event, weight: added })
        weight += added
      }
      shrink()
    },
    after(position, limit) {
      const first = firstAfter(position)
      return kept.slice(first, first + limit).map(({ event }) => event)
    },
  }
}

import type { LiveEvent } from '../../domain/live/live-event.ts'
import type { Position } from '../../platform/event-store/event-store.ts'

/** Where events are published for those who are trusted with all of them. */
export interface EventTopic {
  /** The position of the last event that is published there; undefined when that cannot be told. Throws when it is away. */
  lastPublished(): Promise<Position | undefined>
  /**
   * Publishes events in log order, those after the last published. When it throws, some of them may be published: ask
   * `lastPublished` where to go on.
   */
  publish(events: readonly LiveEvent[]): Promise<void>
  close(): Promise<void>
}

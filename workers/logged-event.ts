import { upcast } from '../domain/event-catalogue.ts'
import type { EventMetadata } from '../domain/metadata.ts'
import type { RecordedEvent } from '../platform/event-store/event-store.ts'
import type { LoggedEvent } from './work.ts'

/** Brings an event to today's form. Throws for a type that this Waybill does not know. */
export type ReadEvent = (event: RecordedEvent) => LoggedEvent

export const readEvent: ReadEvent = (event) => ({
  ...event,
  data: upcast(event).data,
  metadata: event.metadata as EventMetadata,
})

import type { EventStore } from '../../platform/event-store/event-store.ts'
import { openEventStoreDb } from '../../platform/event-store/eventstoredb/eventstoredb-event-store.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Where a log of Waybill is on a server. */
export interface EventStoreDbLog {
  readonly connectionString: string
  readonly streamPrefix: string
}

/** A store, for a process of its own or as if it were one. */
export const openInChild = async (argument: string): Promise<EventStore> =>
  openEventStoreDb({ ...(JSON.parse(argument) as EventStoreDbLog), log: quiet })

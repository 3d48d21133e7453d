import type { EventStore } from '../../platform/event-store/event-store.ts'
import { readPage } from '../../platform/event-store/postgres/pages.ts'
import { undescribedEvents } from '../webhooks/asyncapi-observed.ts'
import { type Running, withRunningDatabase } from './running-database.ts'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/**
 * What the log of a running Waybill holds that no document describes. Nothing is looked at where its events are in an
 * EventStoreDB: of a run's server that is done at its end, for all Waybills at once.
 */
export const undescribedIn = async (waybill: Running): Promise<readonly string[]> => {
  if ((waybill.env.WAYBILL_EVENT_STORE ?? '') !== '') return []
  const found = await withRunningDatabase(waybill, (sql) =>
    undescribedEvents({ readAll: async (after, limit) => (await readPage(sql, after, limit)).events }),
  )
  return found ?? []
}

/** The same of all Waybills on an EventStoreDB whose streams begin with the prefix and a name that ends with a dot. */
export const undescribedOnServer = async (connectionString: string, prefix: string): Promise<readonly string[]> => {
  // A heavy client, which the tests on the embedded default do without.
  const { openEventStoreDb } = await import('../../platform/event-store/eventstoredb/eventstoredb-event-store.ts')
  const store: EventStore = openEventStoreDb({ connectionString, streamPrefix: prefix, log: quiet })
  const ownName = (stream: string): string => stream.slice(stream.indexOf('.') + 1)
  try {
    return await undescribedEvents({
      readAll: async (after, limit) =>
        (await store.readAll(after, limit)).map((event) => ({ ...event, stream: ownName(event.stream) })),
    })
  } finally {
    await store.close()
  }
}

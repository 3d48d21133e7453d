import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from '../../platform/database/database.ts'
import { postgres } from '../../platform/database/driver.ts'
import { startEmbeddedPostgres } from '../../platform/database/embedded-postgres.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { readPage } from '../../platform/event-store/postgres/pages.ts'
import { undescribedEvents } from '../webhooks/asyncapi-observed.ts'
import { type DataOfWaybill, withRunningDatabase } from './running-database.ts'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const undescribedOf = (sql: Sql): Promise<readonly string[]> =>
  undescribedEvents({ readAll: async (after, limit) => (await readPage(sql, after, limit)).events })

/**
 * What the log of a Waybill that has ended holds that no document describes: its last events are those of its end. The Postgres of a
 * killed one may still run; that of others is started once more. Nothing is looked at where its events are in an EventStoreDB:
 * of a run's server that is done at its end, for all Waybills at once.
 */
export const undescribedIn = async (waybill: DataOfWaybill): Promise<readonly string[]> => {
  if ((waybill.env.WAYBILL_EVENT_STORE ?? '') !== '') return []
  const running = await withRunningDatabase(waybill, undescribedOf)
  if (running !== undefined) return running
  const dataFolder = join(waybill.dataFolder, 'postgres')
  if (!existsSync(join(dataFolder, 'cluster'))) return [] // on a server that the test has ended, or never started
  const embedded = await startEmbeddedPostgres({ dataFolder, log: quiet })
  const sql = postgres({ ...embedded.connection, max: 1, onnotice: () => undefined })
  try {
    return await undescribedOf(sql)
  } finally {
    await sql.end()
    await embedded.stop()
  }
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

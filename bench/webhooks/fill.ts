import { openDatabase } from '../../platform/database/database.ts'
import { findRunningPostgres } from '../../platform/database/running-postgres.ts'
import { openPostgresEventStore } from '../../platform/event-store/postgres/postgres-event-store.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { registryLog } from '../rebuild/registry-log.ts'
import type { WebhookSide } from './webhook-side.ts'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const AT_ONCE = 256

/** Appends beside a started Waybill, by the event store alone. */
export interface Filling {
  readonly store: EventStore
  /** Appends so many events of a made-up registry, most of them publishes in streams of their own. */
  fill(events: number): Promise<void>
  close(): Promise<void>
}

export async function openFilling({ postgresFolder }: WebhookSide): Promise<Filling> {
  const connection = await findRunningPostgres(postgresFolder)
  if (connection === undefined) throw new Error('The Postgres of the started Waybill does not answer.')
  const database = await openDatabase(connection, { log: quiet })
  const { appends, interactive: reads, long } = database
  const store = openPostgresEventStore({ appends, reads, long, log: quiet })
  const log = registryLog()
  return {
    store,
    async fill(events) {
      for (let left = events; left > 0; left -= AT_ONCE) {
        const entries = Array.from({ length: Math.min(left, AT_ONCE) }, () => log.next().value)
        await Promise.all(
          entries.map(({ stream, event, expectedRevision }) => store.append(stream, [event], expectedRevision)),
        )
      }
    },
    async close() {
      await store.close()
      await database.close()
    },
  }
}

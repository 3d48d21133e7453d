import { openDatabase } from '../../platform/database/database.ts'
import type { EmbeddedConnection } from '../../platform/database/embedded-postgres.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { openPostgresEventStore } from '../../platform/event-store/postgres/postgres-event-store.ts'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A store, for a process of its own or as if it were one; closing it closes its connections. */
export const openInChild = async (argument: string): Promise<EventStore> => {
  const { appends, interactive, long, close } = await openDatabase(JSON.parse(argument) as EmbeddedConnection, {
    log: quiet,
  })
  const store = openPostgresEventStore({ appends, reads: interactive, long, log: quiet })
  return {
    ...store,
    close: async () => {
      await store.close()
      await close()
    },
  }
}

import { join } from 'node:path'
import { foldSnapshotMigrations } from './commands/fold-snapshots.ts'
import { idempotencyMigrations } from './commands/idempotency.ts'
import { initialiseStore } from './commands/initialise-store.ts'
import { isStreamOfOurs } from './domain/stream-names.ts'
import { accessLogMigrations } from './platform/access-log/access-log.ts'
import type { BlobStore } from './platform/blob-store/blob-store.ts'
import { documentMigrations } from './platform/blob-store/documents.ts'
import { deliveryLogMigrations } from './platform/delivery-log/migrations.ts'
import { openFileBlobStore } from './platform/blob-store/file/file-blob-store.ts'
import { systemClock } from './platform/clock.ts'
import type { Config } from './platform/config/config.ts'
import type { EventStoreLocation } from './platform/config/event-store-url.ts'
import { openDatabase, type Database } from './platform/database/database.ts'
import { startEmbeddedPostgres } from './platform/database/embedded-postgres.ts'
import { findRunningPostgres } from './platform/database/running-postgres.ts'
import { migrate } from './platform/database/migrations.ts'
import type { EventStore } from './platform/event-store/event-store.ts'
import { eventStoreMigrations } from './platform/event-store/postgres/migrations.ts'
import { openPostgresEventStore } from './platform/event-store/postgres/postgres-event-store.ts'
import { leaseMigrations } from './platform/leases/lease-migrations.ts'
import type { Log } from './platform/log/log.ts'
import { presenceMigrations } from './platform/presence/presence.ts'
import { vaultMigrations } from './platform/vault/migrations.ts'
import { buildMigrations } from './projections/builds.ts'
import { liveEventMigrations } from './workers/live/published-position.ts'
import { workerMigrations } from './workers/migrations.ts'
import { upkeepMigrations } from './workers/upkeep/task-record.ts'
import { replayMigrations } from './workers/webhooks/replay-progress.ts'

/** What a process of Waybill works on, opened as the configuration says. */
export interface Engines {
  readonly database: Database
  readonly store: EventStore
  readonly storeId: string
  readonly blobs: BlobStore
  /** Resolves with the reason when an engine that this process runs ends by itself. */
  readonly failed: Promise<Error>
  close(): Promise<void>
}

/** Every part of the schema beside the events. */
const MIGRATIONS_WITHOUT_EVENTS = [
  vaultMigrations,
  idempotencyMigrations,
  foldSnapshotMigrations,
  documentMigrations,
  accessLogMigrations,
  buildMigrations,
  presenceMigrations,
  leaseMigrations,
  workerMigrations,
  deliveryLogMigrations,
  replayMigrations,
  liveEventMigrations,
  upkeepMigrations,
]

/** Every part of the schema, where the events are in Postgres too. */
export const MIGRATIONS = [eventStoreMigrations, ...MIGRATIONS_WITHOUT_EVENTS]

/** The log on an EventStoreDB. Its client is loaded only where it is used: it takes a moment and some memory. */
export const openSeparateEventStore = async (location: EventStoreLocation, log: Log): Promise<EventStore> => {
  const { openEventStoreDb } = await import('./platform/event-store/eventstoredb/eventstoredb-event-store.ts')
  return openEventStoreDb({ ...location, ours: isStreamOfOurs, log })
}

const openEventStore = ({ eventStore }: Config, database: Database, log: Log): Promise<EventStore> | EventStore => {
  if (eventStore !== undefined) return openSeparateEventStore(eventStore, log)
  const { appends, interactive, long } = database
  return openPostgresEventStore({ appends, reads: interactive, long, log })
}

/** The client of S3, too, is loaded only where it is used. */
const openBlobStore = async ({ blobs }: Config, log: Log): Promise<BlobStore> => {
  if (blobs.kind === 'file') return openFileBlobStore({ folder: blobs.folder, clock: systemClock, log })
  const { openS3BlobStore } = await import('./platform/blob-store/s3/s3-blob-store.ts')
  return openS3BlobStore({ ...blobs, clock: systemClock, log })
}

const never = new Promise<Error>(() => undefined)

/**
 * Starts or reaches every engine, and brings the schemas up to date. What was started is stopped again when it fails.
 * `beside`: for a command that may run beside a started Waybill, whose embedded Postgres is then used.
 */
export const openEngines = async (
  config: Config,
  log: Log,
  { beside = false }: { readonly beside?: boolean } = {},
): Promise<Engines> => {
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne()
  }
  try {
    const dataFolder = join(config.dataFolder, 'postgres')
    const reached = config.database ?? (beside ? await findRunningPostgres(dataFolder) : undefined)
    const embedded = reached === undefined ? await startEmbeddedPostgres({ dataFolder, log }) : undefined
    if (embedded !== undefined) opened.push(() => embedded.stop())
    const target = reached ?? embedded?.connection
    if (target === undefined) throw new Error('neither a database nor an embedded one')
    const database = await openDatabase(target, { log })
    opened.push(() => database.close())
    for (const set of config.eventStore === undefined ? MIGRATIONS : MIGRATIONS_WITHOUT_EVENTS)
      await migrate(database.long, set)
    const store = await openEventStore(config, database, log)
    opened.push(() => store.close())
    const blobs = await openBlobStore(config, log)
    opened.push(() => blobs.close())
    const storeId = await initialiseStore(store, systemClock)
    return { database, store, storeId, blobs, failed: embedded?.exited ?? never, close }
  } catch (error) {
    await close()
    throw error
  }
}

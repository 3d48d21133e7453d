import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { Caller, CommandDependencies } from '../commands/command.ts'
import { FoldCache } from '../commands/fold-cache.ts'
import { postgresIdempotencyRecord } from '../commands/idempotency.ts'
import { initialiseStore } from '../commands/initialise-store.ts'
import { commandRunner, type RunCommand } from '../commands/run-command.ts'
import { systemPrincipal } from '../domain/access/authorise.ts'
import { MIGRATIONS } from '../engines.ts'
import type { BlobStore } from '../platform/blob-store/blob-store.ts'
import { openFileBlobStore } from '../platform/blob-store/file/file-blob-store.ts'
import { systemClock } from '../platform/clock.ts'
import { migrate } from '../platform/database/migrations.ts'
import type { EventStore } from '../platform/event-store/event-store.ts'
import { openPostgresEventStore } from '../platform/event-store/postgres/postgres-event-store.ts'
import { startTail, type Tail } from '../platform/event-store/tail.ts'
import { openPostgresVault } from '../platform/vault/postgres-vault.ts'
import { READ_MODELS } from '../projections/models.ts'
import { startProjector, type Projector } from '../projections/projector.ts'
import type { ReadModel } from '../projections/read-model.ts'
import { rebuild } from '../projections/rebuild.ts'
import { testDatabase, type TestDatabase } from './postgres.ts'
import { undescribedEvents } from './webhooks/asyncapi-observed.ts'

/** All of Waybill but its network side, on a database and a folder of its own. */
export interface TestCore {
  readonly database: TestDatabase
  readonly store: EventStore
  readonly tail: Tail
  readonly blobs: BlobStore
  readonly projector: Projector
  readonly dependencies: CommandDependencies
  readonly run: RunCommand
  /** Waybill itself, who may do everything. */
  readonly system: Caller
  close(): Promise<void>
}

export const silent = pino({ level: 'silent' })

export const openCore = async (models: readonly ReadModel[] = READ_MODELS): Promise<TestCore> => {
  const database = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'waybill-core-'))
  const { appends, interactive, long, projector: projectorSql } = database.database
  for (const set of MIGRATIONS) await migrate(long, set)
  const store = openPostgresEventStore({ appends, reads: interactive, long, log: silent })
  await initialiseStore(store, systemClock)
  const blobs = await openFileBlobStore({ folder, clock: systemClock, log: silent })
  const tail = await startTail(store, { log: silent })
  for (const model of models) await rebuild(long, store, model)
  const projector = await startProjector(projectorSql, tail, models, silent)
  const secretKey = randomBytes(32)
  const dependencies: CommandDependencies = {
    store,
    blobs,
    vault: openPostgresVault({ sql: interactive, clock: systemClock, secretKey }),
    clock: systemClock,
    folds: new FoldCache(store, { tail }),
    settled: async (position) => {
      await projector.progress.reached(position)
    },
    denied: () => undefined,
  }
  return {
    database,
    store,
    tail,
    blobs,
    projector,
    dependencies,
    run: commandRunner(dependencies, postgresIdempotencyRecord(interactive), secretKey),
    system: { principal: systemPrincipal('test'), correlationId: 'test' },
    async close() {
      const undescribed = await undescribedEvents(store)
      if (undescribed.length > 0) throw new Error(`events that no document describes: ${undescribed.join('; ')}`)
      await projector.stop()
      await tail.stop()
      await store.close()
      await blobs.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { inject } from 'vitest'
import { postgres } from '../../platform/database/driver.ts'
import type { EmbeddedConnection } from '../../platform/database/embedded-postgres.ts'
import { openDatabase, type Database } from '../../platform/database/database.ts'
import { startEmbeddedPostgres } from '../../platform/database/embedded-postgres.ts'
import { startNatsServer } from '../nats/nats-server.ts'
import { quietLog } from '../postgres.ts'
import { notTested } from '../servers.ts'
import { engineSettings, nameOf, type DistributedEngines } from './distributed.ts'

/** Makes the database unless it is there from an earlier start. */
export const createNamedDatabase = async (server: DistributedEngines['postgres'], name: string): Promise<void> => {
  const sql = postgres({ ...server, user: 'waybill', database: 'postgres', max: 1, onnotice: () => undefined })
  try {
    await sql.unsafe(`create database ${name}`)
  } catch (error) {
    if ((error as { code?: string }).code !== '42P04') throw error
  } finally {
    await sql.end()
  }
}

/** What a Waybill of the tests is started on. */
export interface WaybillEngines {
  /** None where they are embedded. */
  readonly settings: Readonly<Record<string, string>>
  /** What each of its processes does, the one that serves clients first. Undefined: what its own settings say. */
  readonly roles: readonly [string | undefined, ...(string | undefined)[]]
  /** Ends what runs for this Waybill alone. */
  close(): Promise<void>
}

const nothing = (): Promise<void> => Promise.resolve()

/**
 * The engines of a Waybill on this data folder. On distributed ones each role is a process, with a NATS server of its own between
 * them, since all that is on one is one Waybill's. A test that sets WAYBILL_ROLES itself gets that process alone, without NATS.
 */
export const enginesFor = async (
  dataFolder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<WaybillEngines> => {
  const engines = inject('engines')
  if (engines === undefined) return { settings: {}, roles: [undefined], close: nothing }
  await createNamedDatabase(engines.postgres, nameOf(engines, dataFolder))
  const settings = engineSettings(engines, dataFolder)
  if (env.WAYBILL_ROLES !== undefined) return { settings, roles: [undefined], close: nothing }
  const nats = await startNatsServer()
  // Machines of their own share no file: the key of the vault is told to each.
  const secretKey = createHash('sha256').update(dataFolder).digest('hex')
  return {
    settings: { ...settings, WAYBILL_QUEUE: nats.url, WAYBILL_SECRET_KEY: secretKey },
    roles: ['gateway', 'projector', 'worker'],
    close: () => nats.close(),
  }
}

/** For tests of what only the embedded default has: true, and said at the end of the run, where it runs on other engines. */
export const onlyEmbedded = (what: string): boolean => {
  const elsewhere = inject('engines') !== undefined
  if (elsewhere) notTested(what, 'it belongs to the embedded default, and this run is on other engines')
  return elsewhere
}

/** The database of a Waybill that is stopped. */
export const withDatabaseOf = async <T>(dataFolder: string, work: (database: Database) => Promise<T>): Promise<T> => {
  const engines = inject('engines')
  const embedded =
    engines === undefined
      ? await startEmbeddedPostgres({ dataFolder: join(dataFolder, 'postgres'), log: quietLog })
      : undefined
  const target: EmbeddedConnection | string =
    embedded?.connection ??
    (engineSettings(engines as NonNullable<typeof engines>, dataFolder).WAYBILL_DATABASE as string)
  const database = await openDatabase(target, { log: quietLog })
  try {
    return await work(database)
  } finally {
    await database.close()
    await embedded?.stop()
  }
}

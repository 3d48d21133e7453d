import { join } from 'node:path'
import { inject } from 'vitest'
import { postgres } from '../../platform/database/driver.ts'
import type { EmbeddedConnection } from '../../platform/database/embedded-postgres.ts'
import { openDatabase, type Database } from '../../platform/database/database.ts'
import { startEmbeddedPostgres } from '../../platform/database/embedded-postgres.ts'
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

/** The engines that a Waybill on this data folder is started on: settings, none where they are embedded. */
export const enginesFor = async (dataFolder: string): Promise<Readonly<Record<string, string>>> => {
  const engines = inject('engines')
  if (engines === undefined) return {}
  await createNamedDatabase(engines.postgres, nameOf(engines, dataFolder))
  return engineSettings(engines, dataFolder)
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

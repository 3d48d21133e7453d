import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { type Database, openDatabase, type Sql } from '../platform/database/database.ts'
import { postgres } from '../platform/database/driver.ts'
import type { EmbeddedConnection } from '../platform/database/embedded-postgres.ts'

export interface TestDatabase {
  /** For other processes: pass it on as JSON, or as `url`. */
  readonly connection: EmbeddedConnection
  /** The same place as a URL that the driver and WAYBILL_DATABASE take. */
  readonly url: string
  readonly database: Database
  /** Closes the pools and drops the database, also when other connections are left. */
  drop(): Promise<void>
}

/** A fresh, empty database on the Postgres server of this test run. */
export const testDatabase = async (): Promise<TestDatabase> => {
  const server = inject('postgres')
  const name = `test_${randomBytes(6).toString('hex')}`
  await asOwner(server, (sql) => sql.unsafe(`create database ${name}`))
  const connection = { ...server, database: name }
  const database = await openDatabase(connection, { log: quietLog })
  return {
    connection,
    url: `postgres://${connection.user}@/${name}?host=${encodeURIComponent(connection.host)}&port=${connection.port}`,
    database,
    drop: async () => {
      await database.close()
      await asOwner(server, (sql) => sql.unsafe(`drop database ${name} with (force)`))
    },
  }
}

/** A log for tests that do not look at it. */
export const quietLog = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const asOwner = async (server: EmbeddedConnection, work: (sql: Sql) => Promise<unknown>): Promise<void> => {
  const sql = postgres({ ...server, max: 1, onnotice: () => undefined })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}

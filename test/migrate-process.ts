import { openDatabase } from '../platform/database/database.ts'
import type { EmbeddedConnection } from '../platform/database/embedded-postgres.ts'
import { migrate, type MigrationSet } from '../platform/database/migrations.ts'

/** A process that applies migrations, for tests in which several do so at once. Takes connection and set as JSON. */
const [connection = '', set = ''] = process.argv.slice(2)
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const database = await openDatabase(JSON.parse(connection) as EmbeddedConnection, { log: quiet })
await migrate(database.long, JSON.parse(set) as MigrationSet)
await database.close()

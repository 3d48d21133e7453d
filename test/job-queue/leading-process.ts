import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '../../platform/database/database.ts'
import type { EmbeddedConnection } from '../../platform/database/embedded-postgres.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'

/**
 * A process that leads whenever it can, and says so: `leads` and `lost`, a line each. Ends cleanly by SIGTERM. Takes a connection
 * as JSON and the lease's name.
 */
const [connection = '', name = ''] = process.argv.slice(2)
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const database = await openDatabase(JSON.parse(connection) as EmbeddedConnection, { log: quiet })
const leases = openPostgresLeases(database.interactive, quiet)
leases.lead(name, async (signal) => {
  process.stdout.write('leads\n')
  await pause(3_600_000, undefined, { signal }).catch(() => undefined)
  process.stdout.write('lost\n')
})
process.once('SIGTERM', () => {
  void leases.close().then(() => database.close())
})
process.stdout.write('ready\n')

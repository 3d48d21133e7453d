import { openDatabase } from '../../platform/database/database.ts'
import type { EmbeddedConnection } from '../../platform/database/embedded-postgres.ts'
import { openPostgresEventStore } from '../../platform/event-store/postgres/postgres-event-store.ts'
import { startTail } from '../../platform/event-store/tail.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'
import { startWorkers } from '../../workers/start-workers.ts'
import { systemClock } from '../../platform/clock.ts'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import pino from 'pino'
import { Registry } from 'prom-client'
import { asItIs, workOf } from './test-work.ts'

/**
 * A process that works on the jobs of one manager with a queue of its own, and says `performed` with the id of each. Ends cleanly
 * by SIGTERM. Takes a connection as JSON and the manager's name.
 */
const [connection = '', run = ''] = process.argv.slice(2)
const log = pino({ level: 'silent' })

const database = await openDatabase(JSON.parse(connection) as EmbeddedConnection, { log })
const { appends, interactive, long } = database
const store = openPostgresEventStore({ appends, reads: interactive, long, log })
const tail = await startTail(store, { log })
const leases = openPostgresLeases(interactive, log)
const queue = openInProcessQueue({ clock: systemClock, log })
const workers = startWorkers({
  sql: interactive,
  store,
  tail,
  queue,
  sharedQueue: false,
  leases,
  clock: systemClock,
  log,
  registry: new Registry(),
  works: [
    workOf(run, (job) => {
      process.stdout.write(`performed ${job.id}\n`)
      return Promise.resolve({ outcome: 'done' })
    }),
  ],
  read: asItIs,
})
process.once('SIGTERM', () => {
  const stop = async (): Promise<void> => {
    await workers.stop()
    await leases.close()
    await queue.close()
    await tail.stop()
    await store.close()
    await database.close()
  }
  void stop()
})
process.stdout.write('ready\n')

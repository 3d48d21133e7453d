import type { JobQueue } from '../../platform/job-queue/job-queue.ts'
import { openNatsQueue } from '../../platform/job-queue/nats/nats-queue.ts'
import { systemClock } from '../../platform/clock.ts'
import { migrate } from '../../platform/database/migrations.ts'
import { leaseMigrations } from '../../platform/leases/lease-migrations.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'
import { quietLog, testDatabase, type TestDatabase } from '../postgres.ts'
import { type NatsServer, startNatsServer } from './nats-server.ts'

/** A NATS server, a database for the leases, and queues on both. */
export interface NatsQueues {
  readonly server: NatsServer
  readonly database: TestDatabase
  /** A queue as a process of its own would have it: with a connection and leases of its own. Closed with the rest. */
  open(): Promise<JobQueue>
  close(): Promise<void>
}

export const startNatsQueues = async (): Promise<NatsQueues> => {
  const server = await startNatsServer()
  const database = await testDatabase()
  await migrate(database.database.long, leaseMigrations)
  const closes: (() => Promise<void>)[] = []
  return {
    server,
    database,
    async open() {
      const leases = openPostgresLeases(database.database.interactive, quietLog)
      const queue = await openNatsQueue({ servers: [server.url], leases, clock: systemClock, log: quietLog })
      closes.push(async () => {
        await queue.close()
        await leases.close()
      })
      return queue
    },
    async close() {
      await Promise.all(closes.map((close) => close()))
      await database.drop()
      await server.close()
    },
  }
}

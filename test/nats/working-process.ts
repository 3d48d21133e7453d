import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../platform/clock.ts'
import { openDatabase } from '../../platform/database/database.ts'
import type { EmbeddedConnection } from '../../platform/database/embedded-postgres.ts'
import { openNatsQueue } from '../../platform/job-queue/nats/nats-queue.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'

/** What a process of its own is told, as JSON. */
export interface WorkingPlan {
  readonly connection: EmbeddedConnection
  readonly servers: readonly string[]
  readonly prefix: string
  readonly kind: string
  /** How long each job takes. */
  readonly ms: number
  readonly attempts?: number
}

/**
 * A process that works on a kind: prints `ready`, and `<id> <attempt>` whenever it begins a job. Ends cleanly by SIGTERM. A job
 * whose data has `fails` fails that many times, one with `kills` ends the process.
 */
const work = async (plan: WorkingPlan): Promise<void> => {
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const database = await openDatabase(plan.connection, { log: quiet })
  const leases = openPostgresLeases(database.interactive, quiet)
  const queue = await openNatsQueue({
    servers: plan.servers,
    prefix: plan.prefix,
    leases,
    clock: systemClock,
    log: quiet,
  })
  const policy = { concurrency: 4, leaseMs: 10_000, attempts: plan.attempts ?? 10, backoff: () => 50 }
  queue.work(plan.kind, policy, async (job) => {
    const { fails = 0, kills } = job.data as { fails?: number; kills?: boolean }
    process.stdout.write(`${job.id} ${job.attempt}\n`)
    await pause(plan.ms)
    if (kills === true) process.kill(process.pid, 'SIGKILL')
    return job.attempt <= fails ? { outcome: 'failed', reason: 'on purpose' } : { outcome: 'done' }
  })
  process.once('SIGTERM', () => {
    void queue
      .close()
      .then(() => leases.close())
      .then(() => database.close())
  })
  process.stdout.write('ready\n')
}

const [plan] = process.argv.slice(2)
if (plan !== undefined && import.meta.main) await work(JSON.parse(plan) as WorkingPlan)

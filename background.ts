import { pauseWebhook } from './commands/webhooks/pause-webhook.ts'
import type { CommandDependencies } from './commands/command.ts'
import type { Engines } from './engines.ts'
import type { Config } from './platform/config/config.ts'
import type { DeliveryLog } from './platform/delivery-log/delivery-log.ts'
import type { Tail } from './platform/event-store/tail.ts'
import { openInProcessQueue } from './platform/job-queue/in-process/in-process-queue.ts'
import type { JobQueue } from './platform/job-queue/job-queue.ts'
import { openPostgresLeases } from './platform/leases/postgres-leases.ts'
import type { Leases } from './platform/leases/leases.ts'
import type { Log } from './platform/log/log.ts'
import type { Metrics } from './platform/metrics.ts'
import { createOutbound } from './platform/outbound/outbound.ts'
import type { ReadModelProgress } from './projections/read-models.ts'
import { VERSION } from './version.ts'
import { startWorkers } from './workers/start-workers.ts'
import { startUpkeep } from './workers/upkeep/start-upkeep.ts'
import { upkeepTasks } from './workers/upkeep/tasks.ts'
import { webhookWork } from './workers/webhooks/webhook-work.ts'

/** What a process does by itself, because of what happened. */
export interface Background {
  /** Process managers led here that stand still, with the reason. */
  halted(): readonly { readonly manager: string; readonly reason: string }[]
  stop(): Promise<void>
}

interface BackgroundOptions {
  readonly config: Config
  readonly engines: Engines
  readonly tail: Tail
  readonly progress: ReadModelProgress
  readonly dependencies: CommandDependencies
  readonly deliveries: DeliveryLog
  readonly metrics: Metrics
  readonly log: Log
}

/** The client of NATS is loaded only where it is used. */
const openQueue = async ({ config, dependencies, log }: BackgroundOptions, leases: Leases): Promise<JobQueue> => {
  const { clock } = dependencies
  if (config.queue === undefined) return openInProcessQueue({ clock, log })
  const { openNatsQueue } = await import('./platform/job-queue/nats/nats-queue.ts')
  return openNatsQueue({ ...config.queue, leases, clock, log })
}

/** Every event once on NATS, for subscribers inside the company. */
const publishLiveEvents = async ({ config, engines, tail, log }: BackgroundOptions, leases: Leases) => {
  if (config.queue === undefined) return undefined
  const [{ openNatsEventTopic }, { publishEvents }] = await Promise.all([
    import('./workers/live/nats-event-topic.ts'),
    import('./workers/live/publish-events.ts'),
  ])
  const topic = openNatsEventTopic({ ...config.queue, storeId: engines.storeId, log })
  return publishEvents({ topic, tail, sql: engines.database.interactive, leases, log })
}

/**
 * Starts what the role `worker` does: process managers, their jobs, upkeep, and the live events of NATS.
 * @throws {PlatformError} `unavailable`; what was started is stopped again
 */
export const startBackground = async (options: BackgroundOptions): Promise<Background> => {
  const { config, engines, tail, progress, dependencies, deliveries, metrics, log } = options
  const { database, store } = engines
  const sql = database.interactive
  const stops: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne()
  }
  try {
    const leases = openPostgresLeases(sql, log)
    stops.push(() => leases.close())
    const queue = await openQueue(options, leases)
    stops.push(() => queue.close())
    const publishing = await publishLiveEvents(options, leases)
    stops.push(async () => publishing?.stop())
    const outbound = createOutbound({ allow: config.outboundAllow, proxy: config.outboundProxy, log })
    stops.push(() => outbound.close())
    const webhooks = webhookWork({
      sql,
      store,
      tail,
      progress,
      vault: dependencies.vault.webhooks,
      outbound,
      deliveries,
      clock: dependencies.clock,
      userAgent: `Waybill/${VERSION}`,
      pause: (verdict) => pauseWebhook(dependencies, verdict),
    })
    stops.push(() => webhooks.close())
    const workers = startWorkers({
      sql,
      store,
      tail,
      queue,
      sharedQueue: config.queue !== undefined,
      leases,
      clock: dependencies.clock,
      log,
      registry: metrics.registry,
      works: webhooks.work,
      requests: config.roles.has('gateway') ? () => metrics.answered : undefined,
    })
    stops.push(() => workers.stop())
    const { clock, vault } = dependencies
    const upkeep = startUpkeep({
      sql,
      leases,
      clock,
      log,
      registry: metrics.registry,
      tasks: upkeepTasks({ sql, clock, blobs: engines.blobs, deliveries, signIns: vault.signIns }),
    })
    stops.push(() => upkeep.stop())
    return { halted: () => workers.halted(), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

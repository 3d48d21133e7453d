import { Registry } from 'prom-client'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import type { JobQueue } from '../../platform/job-queue/job-queue.ts'
import { openNatsQueue } from '../../platform/job-queue/nats/nats-queue.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'
import { startWorkers } from '../../workers/start-workers.ts'
import { silent } from '../core.ts'
import { startGraphql, type GraphqlServer } from '../graphql/server.ts'
import { movedTimers } from '../job-queue/moved-timers.ts'
import { startNatsServer } from '../nats/nats-server.ts'
import { until } from '../workers/harness.ts'
import { openDelivering } from './delivering.ts'
import { startReceiver } from './receiver.ts'

/** Everything from the event to a receiver that can be away, on a clock that is moved. */
export interface OutageRig {
  readonly server: GraphqlServer
  /** Where the receiver is. */
  readonly url: string
  /** While it is away it cuts connections off without an answer. */
  readonly receiver: { away: boolean }
  /** `data` of the events that the receiver has taken, in their order. */
  readonly taken: readonly unknown[]
  /** How many tries it has cut off. */
  readonly cutOff: () => number
  /** The clock's time. */
  now(): number
  /** Lets so much time pass; deliveries that become due meanwhile are made. */
  pass(milliseconds: number): Promise<void>
  close(): Promise<void>
}

/** Less than a job may go on for without progress: by the moved clock a try lasts no longer than this. */
const STEP_MS = 20_000

/** Counts the jobs under way: time passes only while there are none. */
const watched = (queue: JobQueue, underWay: { count: number }): JobQueue => ({
  ...queue,
  get generation() {
    return queue.generation
  },
  work: (kind, policy, perform) =>
    queue.work(kind, policy, async (job) => {
      underWay.count += 1
      try {
        return await perform(job)
      } finally {
        underWay.count -= 1
      }
    }),
})

export const openOutageRig = async (kind: 'NATS' | 'in-process'): Promise<OutageRig> => {
  const ends: (() => Promise<void> | void)[] = []
  const server = await startGraphql()
  ends.push(() => server.close())
  const { core } = server
  const { interactive: sql } = core.database.database
  const http = await startReceiver()
  ends.push(() => http.close())
  const receiver = { away: false }
  const taken: unknown[] = []
  let cutOff = 0
  http.answer = (response, { body }) => {
    if (receiver.away) {
      cutOff += 1
      response.destroy()
      return
    }
    taken.push((JSON.parse(body) as { data: unknown }).data)
    response.writeHead(204).end()
  }

  const timers = movedTimers(Date.now())
  const { clock } = timers
  const leases = openPostgresLeases(sql, silent)
  ends.push(() => leases.close())
  const nats = kind === 'NATS' ? await startNatsServer() : undefined
  ends.push(() => nats?.close())
  const options = { clock, log: silent, timers }
  const opened =
    nats === undefined ? openInProcessQueue(options) : await openNatsQueue({ ...options, servers: [nats.url], leases })
  ends.push(() => opened.close())
  const underWay = { count: 0 }
  const delivering = openDelivering(core, clock)
  ends.push(() => delivering.close())
  const workers = startWorkers({
    sql,
    store: core.store,
    tail: core.tail,
    queue: watched(opened, underWay),
    sharedQueue: nats !== undefined,
    leases,
    clock,
    log: silent,
    registry: new Registry(),
    works: delivering.work,
  })
  ends.push(() => workers.stop())

  return {
    server,
    url: http.url,
    receiver,
    taken,
    cutOff: () => cutOff,
    now: () => clock.now(),
    async pass(milliseconds) {
      for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
        await until(() => underWay.count === 0, 'no delivery is under way')
        // what a delivery failed of before is looked up
        await delivering.deliveries.flush()
        await timers.tick(STEP_MS)
      }
    },
    async close() {
      for (const end of ends.toReversed()) await end()
    },
  }
}

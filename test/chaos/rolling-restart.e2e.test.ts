import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Sql } from '../../platform/database/database.ts'
import { need } from '../servers.ts'
import { leaderOf } from './leader.ts'
import { makeChanges } from './load.ts'
import type { QueueName } from './processes.ts'
import { REPOSITORIES, startSubscribed, type Subscribed } from './subscribed.ts'

const nats = await need('nats-server')

/** More than there is time for: it ends when the restarts are over. */
const LOAD = { repositories: REPOSITORIES, files: 64, changes: 1000, perSecond: 80 }

let subscribed: Subscribed | undefined
afterEach(async () => {
  await subscribed?.close()
  subscribed = undefined
})

const decidedTo = async (sql: Sql): Promise<string> => {
  const [row] = await sql<{ checkpoint: string }[]>`select checkpoint from process_managers where name = 'webhooks'`
  return row?.checkpoint ?? ''
}

const queues: readonly [QueueName, boolean][] = [
  ['NATS', nats.missing],
  ['in-process', false],
]

describe.each(queues)('%s', (queue, missing) => {
  it.skipIf(missing)(
    'loses nothing and delivers nothing twice while workers are restarted one after another, and has a new leader within 5 s',
    async () => {
      const { processes, sender, unfinished, deliveries } = (subscribed = await startSubscribed(queue))
      const { workers, store, database } = processes
      const sql = database.database.interactive
      const ending = new AbortController()
      const changing = makeChanges(sender, LOAD, ending.signal)
      const restarted = async () => {
        await pause(1000)
        for (const worker of workers) await worker.restart()
        ending.abort()
      }
      const [changes] = await Promise.all([changing, restarted()])
      await expect.poll(unfinished, { timeout: 60_000, interval: 250 }).toEqual([])
      const found = await deliveries()
      for (const { missing: lost, outOfOrder, recordedOtherwise, repeats } of found)
        expect({ lost, outOfOrder, recordedOtherwise, repeats }).toEqual({
          ...{ lost: [], outOfOrder: [], recordedOtherwise: [], repeats: [] },
        })
      expect(found[0]?.wanted).toBe(changes)

      await expect.poll(() => leaderOf(workers), { timeout: 10_000, interval: 100 }).toBeDefined()
      const leader = await leaderOf(workers)
      await leader?.kill('SIGKILL')
      const killedAt = performance.now()
      const until = await store.head()
      await sender.store('generic', 'after/the/leader')
      await expect.poll(async () => (await decidedTo(sql)) > until, { timeout: 20_000, interval: 10 }).toBe(true)
      const failOver = Math.round(performance.now() - killedAt)
      process.stdout.write(`${queue}: ${changes} changes during the restarts, a new leader after ${failOver} ms\n`)
      expect(failOver).toBeLessThan(5000)
      await leader?.restart()
      await expect.poll(unfinished, { timeout: 30_000, interval: 250 }).toEqual([])
    },
  )
})

import { afterEach, describe, expect, it } from 'vitest'
import { need } from '../servers.ts'
import { makeFaults, randomFrom } from './faults.ts'
import { makeChanges } from './load.ts'
import { unexplained } from './outcomes.ts'
import type { QueueName } from './processes.ts'
import { REPOSITORIES, startSubscribed, type Subscribed } from './subscribed.ts'

const nats = await need('nats-server')

const LOAD = { repositories: REPOSITORIES, files: 125, changes: 20, perSecond: 200 }
const EVENTS = 5000
const KILLS = { workerKills: 5, natsKills: 3, receiverKills: 3 }
/** What is made in `generic` alone, and what is a change of properties. */
const OF_ONE_REPOSITORY = 2500
const OF_ONE_TYPE = 4750

let subscribed: Subscribed | undefined
afterEach(async () => {
  await subscribed?.close()
  subscribed = undefined
})

const queues: readonly [QueueName, boolean][] = [
  ['NATS', nats.missing],
  ['in-process', false],
]

describe.each(queues)('%s', (queue, missing) => {
  it.skipIf(missing)(
    'delivers every event in order and records each delivery once, while workers, queue and receiver are killed',
    async () => {
      const seed = Number(process.env.WAYBILL_TEST_SEED ?? Math.floor(Math.random() * 1e9))
      process.stdout.write(`${queue}: WAYBILL_TEST_SEED=${seed}\n`)
      const { processes, receiver, sender, unfinished, deliveries } = (subscribed = await startSubscribed(queue))
      const began = performance.now()
      const plan = { random: randomFrom(seed), ms: (1000 * EVENTS) / LOAD.perSecond }
      const [, faults] = await Promise.all([
        makeChanges(sender, LOAD),
        makeFaults(processes, receiver, { ...plan, ...KILLS }),
      ])
      expect(faults).toHaveLength(KILLS.workerKills + KILLS.receiverKills + (queue === 'NATS' ? KILLS.natsKills : 0))
      await expect.poll(unfinished, { timeout: 90_000, interval: 250 }).toEqual([])
      const seconds = Math.round((performance.now() - began) / 1000)

      const found = await deliveries()
      const repeats = found.map(({ repeats: own }) => own.length)
      process.stdout.write(`${queue}: ${seconds} s, ${faults.length} faults, repeats ${repeats.join()}\n`)
      for (const { missing: lost, outOfOrder, recordedOtherwise, repeats: own } of found)
        expect({ lost, outOfOrder, recordedOtherwise, unexplained: unexplained(own, faults) }).toEqual({
          ...{ lost: [], outOfOrder: [], recordedOtherwise: [], unexplained: [] },
        })
      expect(found.map(({ wanted }) => wanted)).toEqual([EVENTS, OF_ONE_TYPE, OF_ONE_REPOSITORY])
    },
  )
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ascending, idsOf, newEvent, newStream, readOn } from '../../../test/contracts/event-store-samples.ts'
import { newStreamPrefix } from '../../../test/event-store/eventstoredb.ts'
import { startFollower, startWriters } from '../../../test/event-store/lasting-writers.ts'
import { type EventStoreDbCluster, startEventStoreDbCluster } from '../../../test/eventstoredb/server.ts'
import { quietLog } from '../../../test/postgres.ts'
import { type EventStore, NO_STREAM } from '../event-store.ts'
import { openEventStoreDb } from './eventstoredb-event-store.ts'

const APPEND_TIMEOUT_MS = 3000

// Three nodes are played by the double also where a real server is named: the end of the run says so.
let cluster: EventStoreDbCluster
let store: EventStore

const open = (connectionString = cluster.connectionString): EventStore =>
  openEventStoreDb({
    connectionString,
    streamPrefix: newStreamPrefix(),
    log: quietLog,
    appendTimeoutMs: APPEND_TIMEOUT_MS,
  })

beforeEach(async () => {
  cluster = await startEventStoreDbCluster({ electionMs: 1500 })
  store = open()
})

afterEach(async () => {
  await store.close()
  await cluster.close()
})

const leader = async (): Promise<number> => {
  const found = await cluster.leader()
  if (found === undefined) throw new Error('no node leads')
  return found
}

describe('a cluster of three nodes under 16 appends in flight', () => {
  it.each<[string, () => Promise<void>]>([
    [
      'loses its leader and gets it back as a follower',
      async () => {
        const killed = await leader()
        await cluster.killNode(killed)
        await expect.poll(() => cluster.leader(), { timeout: 10_000 }).toBeDefined()
        await cluster.startNode(killed)
      },
    ],
    ['elects another leader', () => cluster.electLeader()],
  ])('%s: every acknowledged append is there once, every refused one can be repeated', async (_, disturb) => {
    const start = await store.head()
    const follower = startFollower(store, start)
    const writers = startWriters(store, 16)
    for (let round = 0; round < 2; round += 1) {
      await writers.goOn(150)
      await disturb()
      await writers.goOn(150)
    }
    await writers.stop()
    const events = await follower.until(writers.acknowledged.size)
    expect(ascending(events)).toBe(true)
    expect(new Map(events.map(({ id, position }) => [id, position]))).toEqual(writers.acknowledged)
    expect(idsOf(await readOn(store, start))).toEqual(idsOf(events))
  })
})

describe('a store that was given one node', () => {
  it('goes to the leader when that node follows', async () => {
    const nodes = cluster.connectionString.replace('esdb://', '').split('?')[0]?.split(',') ?? []
    const follower = ((await leader()) + 1) % nodes.length
    const direct = open(`esdb://${nodes[follower]}?tls=false`)
    const stream = newStream()
    const { position } = await direct.append(stream, [newEvent()], NO_STREAM)
    expect(await direct.head()).toBe(position)
    expect(await direct.readStream(stream)).toHaveLength(1)
    await cluster.killNode(follower)
    expect((await direct.append(stream, [newEvent()], 0)).revision).toBe(1)
    await direct.close()
  })
})

describe('a cluster that is away', () => {
  it('is found again after its discovery has failed', async () => {
    await store.append(newStream(), [newEvent()], NO_STREAM)
    await cluster.control('kill9')
    const [stream, event] = [newStream(), newEvent()]
    const refused = { code: expect.stringMatching(/^(unavailable|unknown-outcome)$/) as string }
    await expect(store.append(stream, [event], NO_STREAM)).rejects.toMatchObject(refused)
    await expect(store.head()).rejects.toMatchObject({ code: 'unavailable' })
    await cluster.control('start')
    const { position } = await store.append(stream, [event], NO_STREAM)
    expect(await store.head()).toBe(position)
  })
})

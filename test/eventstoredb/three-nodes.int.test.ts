import { type EventStoreDBClient, type JSONEventData, NO_STREAM } from '@eventstore/db-client'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type EventStoreDbCluster, startEventStoreDbCluster } from './server.ts'
import {
  closeClient,
  eventually,
  failureOf,
  idsIn,
  newStream,
  openClient,
  sampleEvent,
  sampleEvents,
  taken,
} from './test-client.ts'

// The double alone: these tests kill single nodes, for which a real cluster has no control.
let cluster: EventStoreDbCluster
let client: EventStoreDBClient

beforeAll(async () => {
  cluster = await startEventStoreDbCluster({ electionMs: 1_000 })
})

afterAll(() => cluster.close())

beforeEach(() => {
  client = openClient(cluster.connectionString)
})

afterEach(() => closeClient(client))

const append = (to: EventStoreDBClient = client): Promise<unknown> => to.appendToStream(newStream(), sampleEvent())

const leaderOf = async (): Promise<number> => {
  let leader: number | undefined
  await eventually(async () => (leader = await cluster.leader()) !== undefined)
  return leader ?? -1
}

const portOf = (node: number): number => Number([...cluster.connectionString.matchAll(/:(\d+)/g)][node]?.[1])

it('takes appends at a follower, and gives them to readers of every node', async () => {
  const follower = openClient(cluster.connectionString, '&nodePreference=follower')
  const stream = newStream()

  expect(await follower.appendToStream(stream, sampleEvent())).toMatchObject({ success: true })
  expect(await idsIn(client, stream)).toHaveLength(1)
  await closeClient(follower)
})

it('names the leader to who asks a follower for it, and the client moves there', async () => {
  const leader = await leaderOf()
  const single = openClient(`esdb://127.0.0.1:${portOf((leader + 1) % 3)}?tls=false`)
  const asked = (): Promise<unknown> => single.appendToStream(newStream(), sampleEvent(), { requiresLeader: true })
  const failure = await failureOf(asked())

  expect(failure).toMatchObject({ type: 'not-leader', code: 5, leader: { address: '127.0.0.1', port: portOf(leader) } })
  expect(await asked()).toMatchObject({ success: true })
  await closeClient(single)
})

it('names the leader to readers too', async () => {
  const leader = await leaderOf()
  const single = openClient(`esdb://127.0.0.1:${portOf((leader + 1) % 3)}?tls=false`)
  const reading = single.readAll({ maxCount: 1, requiresLeader: true })

  expect(await failureOf(taken(reading))).toMatchObject({ type: 'not-leader' })
  await closeClient(single)
})

it('loses and doubles nothing when the leader is killed under 8 writers', async () => {
  const leader = await leaderOf()
  const events = new Map<string, JSONEventData>()
  const failures = new Set<unknown>()
  let running = true
  const writers = Array.from({ length: 8 }, async () => {
    while (running) {
      const [stream, event] = [newStream(), sampleEvent()]
      events.set(stream, event)
      for (let written = false; !written;) {
        written = await client.appendToStream(stream, event, { expectedRevision: NO_STREAM }).then(
          () => true,
          (error: unknown) => {
            const { type, code } = error as { type?: string; code?: number }
            failures.add(type ?? `code ${code}`)
            return false
          },
        )
      }
    }
  })
  await eventually(() => events.size > 100)
  await cluster.killNode(leader)
  const next = await leaderOf()
  const size = events.size
  await eventually(() => events.size > size + 100)
  running = false
  await Promise.all(writers)

  expect(next).not.toBe(leader)
  expect([...failures]).toEqual(expect.arrayContaining(['unavailable', 'deadline-exceeded']))
  for (const [stream, { id }] of events) expect(await idsIn(client, stream)).toEqual([id])
  await cluster.startNode(leader)
  expect(await cluster.leader()).toBe(next)
})

it('ends the subscriptions of the leader that is killed, and another node resumes them without a gap', async () => {
  const stream = newStream()
  await client.appendToStream(stream, sampleEvents(3))
  const leader = await leaderOf()
  const first = client.subscribeToStream(stream)
  first.once('caughtUp', () => void cluster.killNode(leader))
  expect(await failureOf(taken(first))).toMatchObject({ type: 'unavailable' })

  await leaderOf()
  await eventually(() => append().then(Boolean, () => false))
  await client.appendToStream(stream, sampleEvents(2))
  const second = client.subscribeToStream(stream, { fromRevision: 2n })
  second.once('caughtUp', () => void second.unsubscribe())
  expect((await taken(second)).map(({ event }) => event?.revision)).toEqual([3n, 4n])
  await cluster.startNode(leader)
})

it('elects another leader when it is told to', async () => {
  const leader = await leaderOf()
  await cluster.electLeader()
  expect(await cluster.leader()).toBeUndefined()

  expect(await leaderOf()).not.toBe(leader)
  expect(await append()).toMatchObject({ success: true })
})

it('answers appends during an election by a timeout', async () => {
  const patient = openClient(cluster.connectionString, '&nodePreference=follower')
  await append(patient)
  await cluster.electLeader()

  expect(await failureOf(append(patient))).toMatchObject({ type: 'deadline-exceeded', message: '' })
  await leaderOf()
  await closeClient(patient)
})

it('is not ready with one node of three, and is found again', async () => {
  const leader = await leaderOf()
  const others = [0, 1, 2].filter((node) => node !== leader)
  const single = openClient(`esdb://127.0.0.1:${portOf(leader)}?tls=false`)
  await append(single)
  for (const node of others) await cluster.killNode(node)

  expect(await failureOf(append(single))).toMatchObject({ message: 'Could not recognize Server Is Not Ready' })
  expect(await failureOf(taken(single.readAll({ maxCount: 1 })))).toMatchObject({ type: 'unavailable' })
  for (const node of others) await cluster.startNode(node)
  await leaderOf()
  expect(await append(single)).toMatchObject({ success: true })
  await closeClient(single)
})

it('is not found while it is away, which a client that found it away remembers for appends', async () => {
  await cluster.control('kill9')
  const unlucky = openClient(cluster.connectionString)
  expect(await failureOf(append(unlucky))).toMatchObject({
    type: undefined,
    message: 'Failed to discover after 10 attempts.',
  })

  await cluster.control('start')
  await leaderOf()
  expect(await failureOf(append(unlucky))).toMatchObject({ message: 'Failed to discover after 10 attempts.' })
  expect(await taken(unlucky.readAll({ maxCount: 1 }))).toHaveLength(1)
  expect(await append()).toMatchObject({ success: true })
})

import { setImmediate as turn } from 'node:timers/promises'
import {
  END,
  type AllStreamSubscription,
  type EventStoreDBClient,
  eventTypeFilter,
  excludeSystemEvents,
  type Position,
  type ResolvedEvent,
  START,
  streamNameFilter,
  type StreamSubscription,
} from '@eventstore/db-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EventStoreDbServer, startEventStoreDb } from './server.ts'
import {
  closeClient,
  eventually,
  failureOf,
  newStream,
  openClient,
  revisionsOf,
  sampleEvent,
  sampleEvents,
  taken,
  writtenPositions,
} from './test-client.ts'

let server: EventStoreDbServer
let client: EventStoreDBClient
/** Holds revisions 0 to 9. */
let stream: string
let positions: Position[]

beforeAll(async () => {
  server = await startEventStoreDb()
  client = openClient(server.connectionString)
  stream = newStream()
  positions = await writtenPositions(client, stream, 10)
})

afterAll(async () => {
  await closeClient(client)
  await server.close()
})

/** Everything that a subscription emits, in order, until it is told to stop. */
const follow = (subscription: AllStreamSubscription | StreamSubscription) => {
  const emitted: string[] = []
  const events: ResolvedEvent[] = []
  const failures: Error[] = []
  subscription.on('confirmation', () => emitted.push('confirmation'))
  subscription.on('caughtUp', () => emitted.push('caughtUp'))
  subscription.on('fellBehind', () => emitted.push('fellBehind'))
  subscription.on('error', (error: Error) => failures.push(error))
  subscription.on('data', (event: ResolvedEvent) => {
    events.push(event)
    emitted.push(`event ${event.event?.revision}`)
  })
  const count = (what: string): number => emitted.filter((one) => one === what).length
  return { emitted, events, failures, count, stop: () => subscription.unsubscribe() }
}

describe('subscribing to a stream', () => {
  it.each([
    ['the start', START, [0, 1, 2]],
    ['after revision 1', 1n, [2]],
    ['the end', END, []],
    ['after a revision beyond the end', 7n, []],
  ] as const)('from %s confirms, delivers, catches up and goes on', async (_from, fromRevision, before) => {
    const own = newStream()
    await client.appendToStream(own, sampleEvents(3))
    const { emitted, events, count, stop } = follow(client.subscribeToStream(own, { fromRevision }))
    await eventually(() => count('caughtUp') === 1)
    expect(emitted).toEqual(['confirmation', ...before.map((revision) => `event ${revision}`), 'caughtUp'])

    await client.appendToStream(own, sampleEvents(6))
    const last = fromRevision === 7n ? [8] : [3, 4, 5, 6, 7, 8]
    await eventually(() => revisionsOf(events).at(-1) === 8)
    expect(revisionsOf(events)).toEqual([...before, ...last])
    await stop()
  })

  it('that is missing waits for it', async () => {
    const own = newStream()
    const { emitted, count, stop } = follow(client.subscribeToStream(own))
    await eventually(() => count('caughtUp') === 1)
    await client.appendToStream(own, sampleEvent())
    await eventually(() => emitted.length === 3)

    expect(emitted).toEqual(['confirmation', 'caughtUp', 'event 0'])
    await stop()
  })

  it('that was closed for ever fails', async () => {
    const own = newStream()
    await client.appendToStream(own, sampleEvent())
    await client.tombstoneStream(own)

    expect(await failureOf(taken(client.subscribeToStream(own)))).toMatchObject({ type: 'stream-deleted' })
  })

  it('has an id', async () => {
    const subscription = client.subscribeToStream(stream)
    const { count, stop } = follow(subscription)
    await eventually(() => count('confirmation') === 1)

    expect(subscription.id).toMatch(/^[0-9a-f-]{36}$/)
    await stop()
  })
})

/** Of what was delivered, the events of the stream of this file. */
const ours = (events: readonly ResolvedEvent[]): number[] =>
  revisionsOf(events.filter(({ event }) => event?.streamId === stream))

describe('subscribing to all', () => {
  it('is exclusive of the position, and delivers what comes', async () => {
    const { events, count, stop } = follow(client.subscribeToAll({ fromPosition: positions[6]! }))
    await eventually(() => count('caughtUp') > 0)
    expect(ours(events)).toEqual([7, 8, 9])

    const { position } = await client.appendToStream(newStream(), sampleEvent())
    await eventually(() => events.some(({ event }) => event?.position?.commit === position?.commit))
    await stop()
  })

  it('delivers the event at the position of a checkpoint {commit, 0}', async () => {
    const fromPosition = { commit: positions[6]!.commit, prepare: 0n }
    const { events, count, stop } = follow(client.subscribeToAll({ fromPosition }))
    await eventually(() => count('caughtUp') > 0)

    expect(ours(events)).toEqual([6, 7, 8, 9])
    await stop()
  })

  it('from the end delivers only what comes', async () => {
    const { events, count, stop } = follow(client.subscribeToAll({ fromPosition: END }))
    await eventually(() => count('caughtUp') === 1)
    const { position } = await client.appendToStream(newStream(), sampleEvent())
    await eventually(() => events.some(({ event }) => event?.position?.commit === position?.commit))

    expect(ours(events)).toEqual([])
    await stop()
  })

  it('from a position that no event has is confirmed and fails', async () => {
    const none = { commit: positions[3]!.commit + 1n, prepare: positions[3]!.commit + 1n }
    const { emitted, failures } = follow(client.subscribeToAll({ fromPosition: none }))
    await eventually(() => failures.length > 0)

    expect(emitted).toEqual(['confirmation'])
    expect(failures[0]).toMatchObject({
      type: 'unknown',
      code: 3,
      message: '3 INVALID_ARGUMENT: Trying to read from an invalid position.',
    })
  })

  it('from beyond the end is silent, also about what is written below', async () => {
    const beyond = { commit: 10n ** 15n, prepare: 10n ** 15n }
    const silent = follow(client.subscribeToAll({ fromPosition: beyond }))
    const other = follow(client.subscribeToAll({ fromPosition: END }))
    await eventually(() => silent.count('confirmation') === 1 && other.count('caughtUp') === 1)
    await client.appendToStream(newStream(), sampleEvent())
    await eventually(() => other.events.length > 0)

    expect(silent.events).toEqual([])
    await silent.stop()
    await other.stop()
  })

  it('ends `for await` by unsubscribe', async () => {
    const subscription = client.subscribeToAll({ fromPosition: END })
    subscription.once('caughtUp', () => void subscription.unsubscribe())

    expect(await taken(subscription)).toEqual([])
  })
})

describe('a filter', () => {
  const checkpointsOf = async (count: number, checkpointInterval: number) => {
    const from = await client.appendToStream(newStream(), sampleEvent())
    const own = newStream()
    const written = await writtenPositions(client, own, count)
    const checkpoints: Position[] = []
    const subscription = client.subscribeToAll({
      fromPosition: from.position!,
      filter: excludeSystemEvents({
        checkpointInterval,
        checkpointReached: (_subscription, position) => void checkpoints.push(position),
      }),
    })
    return { written, checkpoints, own, following: follow(subscription) }
  }

  it('leaves system events out', async () => {
    const deleted = newStream()
    const { position } = await client.appendToStream(deleted, sampleEvent())
    await client.deleteStream(deleted)
    const { events, count, stop } = follow(
      client.subscribeToAll({ fromPosition: START, filter: excludeSystemEvents() }),
    )
    await eventually(() => count('caughtUp') > 0)

    expect(events.some(({ event }) => event?.position?.commit === position?.commit)).toBe(true)
    expect(events.filter(({ event }) => event?.type.startsWith('$'))).toEqual([])
    await stop()
  })

  it.each([
    ['names of streams', () => streamNameFilter({ prefixes: [stream] })],
    ['types by a regular expression', () => eventTypeFilter({ regex: '^SampleHapp' })],
  ])('takes %s', async (_what, filter) => {
    const { events, count, stop } = follow(client.subscribeToAll({ fromPosition: START, filter: filter() }))
    await eventually(() => count('caughtUp') > 0)

    expect(ours(events)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await stop()
  })

  // On a real server others write too, and what they write counts.
  it('gives a checkpoint {X, 0} before the event at X for every 32 events while it catches up', async () => {
    const { written, checkpoints, following } = await checkpointsOf(100, 1)
    await eventually(() => following.count('caughtUp') === 1)

    expect(checkpoints.every(({ prepare }) => prepare === 0n)).toBe(true)
    if (server.isDouble)
      expect(checkpoints.map(({ commit }) => commit)).toEqual([32, 64, 96].map((at) => written[at]!.commit))
    await following.stop()
  })

  it('gives a live checkpoint {X, X} after the event at X', async () => {
    const { written, checkpoints, own, following } = await checkpointsOf(1, 2)
    await eventually(() => following.count('caughtUp') === 1)
    const live = await writtenPositions(client, own, 70)
    await eventually(() => checkpoints.length > 0)

    expect(checkpoints[0]?.prepare).toBe(checkpoints[0]?.commit)
    // 64 events examined: the one before and 63 live ones.
    if (server.isDouble) expect(checkpoints).toEqual([live[62]])
    expect(written).toHaveLength(1)
    await following.stop()
  })
})

describe('a slow subscriber', () => {
  it('is waited for, and then gets everything in order', async () => {
    const own = newStream()
    const data = { text: 'x'.repeat(2_000) }
    for (let round = 0; round < 40; round += 1) {
      await client.appendToStream(
        own,
        Array.from({ length: 100 }, () => sampleEvent(undefined, data)),
      )
    }
    const subscription = client.subscribeToStream(own)
    const revisions: number[] = []
    for await (const { event } of subscription) {
      revisions.push(Number(event?.revision))
      if (revisions.length % 500 === 0) await turn()
      if (revisions.length === 4_000) await subscription.unsubscribe()
    }

    expect(revisions).toEqual(Array.from({ length: 4_000 }, (_, index) => index))
  })

  it('that was live is served from the log, and told again when it has caught up', async () => {
    const own = newStream()
    const subscription = client.subscribeToStream(own)
    const { events, count, stop } = follow(subscription)
    await eventually(() => count('caughtUp') === 1)
    subscription.pause()
    const data = { text: 'x'.repeat(10_000) }
    for (let round = 0; round < 30; round += 1) {
      await client.appendToStream(
        own,
        Array.from({ length: 20 }, () => sampleEvent(undefined, data)),
      )
    }
    subscription.resume()
    await eventually(() => events.length === 600 && count('caughtUp') === 2)

    expect(revisionsOf(events)).toEqual(Array.from({ length: 600 }, (_, index) => index))
    expect(count('fellBehind')).toBe(0)
    await stop()
  })
})

it('delivers in the same order from the stream and from all while many write', async () => {
  const own = newStream()
  const all = follow(client.subscribeToAll({ fromPosition: END }))
  const single = follow(client.subscribeToStream(own))
  await eventually(() => all.count('caughtUp') > 0 && single.count('caughtUp') > 0)
  await Promise.all(Array.from({ length: 300 }, () => client.appendToStream(own, sampleEvent())))
  const inAll = (): ResolvedEvent[] => all.events.filter(({ event }) => event?.streamId === own)
  await eventually(() => single.events.length === 300 && inAll().length === 300)

  expect(revisionsOf(single.events)).toEqual(Array.from({ length: 300 }, (_, index) => index))
  expect(inAll().map(({ event }) => event?.id)).toEqual(single.events.map(({ event }) => event?.id))
  await all.stop()
  await single.stop()
})

import { randomUUID } from 'node:crypto'
import {
  ANY,
  type AppendExpectedRevision,
  type EventStoreDBClient,
  NO_STREAM,
  STREAM_EXISTS,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EventStoreDbServer, startEventStoreDb } from './server.ts'
import {
  closeClient,
  failureOf,
  idsIn,
  newStream,
  openClient,
  outcomeOf,
  sampleEvent,
  sampleEvents,
} from './test-client.ts'

let server: EventStoreDbServer
let client: EventStoreDBClient

beforeAll(async () => {
  server = await startEventStoreDb()
  client = openClient(server.connectionString)
})

afterAll(async () => {
  await closeClient(client)
  await server.close()
})

/** Streams in each state, their head at revision 2 where they have one. */
const states = {
  'never written': () => Promise.resolve(newStream()),
  written: async () => {
    const stream = newStream()
    await client.appendToStream(stream, sampleEvents(3), { expectedRevision: NO_STREAM })
    return stream
  },
  'soft-deleted': async () => {
    const stream = await states.written()
    await client.deleteStream(stream)
    return stream
  },
  tombstoned: async () => {
    const stream = await states.written()
    await client.tombstoneStream(stream)
    return stream
  },
}

const outcomes: readonly (readonly [keyof typeof states, AppendExpectedRevision, string])[] = [
  ['never written', NO_STREAM, 'written 0'],
  ['never written', ANY, 'written 0'],
  ['never written', STREAM_EXISTS, 'conflict no_stream'],
  ['never written', 0n, 'conflict no_stream'],
  ['written', NO_STREAM, 'conflict 2'],
  ['written', ANY, 'written 3'],
  ['written', STREAM_EXISTS, 'written 3'],
  ['written', 2n, 'written 3'],
  ['written', 1n, 'conflict 2'],
  ['written', 9n, 'conflict 2'],
  ['soft-deleted', NO_STREAM, 'written 3'],
  ['soft-deleted', ANY, 'written 3'],
  ['soft-deleted', STREAM_EXISTS, 'stream-deleted'],
  ['soft-deleted', 2n, 'written 3'],
  ['soft-deleted', 1n, 'conflict 2'],
  ['tombstoned', NO_STREAM, 'stream-deleted'],
  ['tombstoned', ANY, 'stream-deleted'],
  ['tombstoned', STREAM_EXISTS, 'stream-deleted'],
  ['tombstoned', 2n, 'stream-deleted'],
]

describe.each([
  ['BatchAppend', {}],
  // Credentials for one append make the client use the other call; on insecure connections they are not sent.
  ['Append', { credentials: { username: 'somebody', password: 'something' } }],
])('expected revisions by %s', (_call, options) => {
  it.each(outcomes)('a stream that is %s, expected revision %s: %s', async (state, expected, outcome) => {
    const stream = await states[state]()

    expect(await outcomeOf(client, stream, [randomUUID()], expected, options)).toBe(outcome)
  })

  it('says in the conflict what was expected and what is there', async () => {
    const stream = await states.written()
    const refused = failureOf(client.appendToStream(stream, sampleEvent(), { ...options, expectedRevision: 7n }))

    expect(await refused).toMatchObject({
      type: 'wrong-expected-version',
      code: undefined,
      message: '',
      streamName: stream,
      expectedVersion: 7n,
      actualVersion: 2n,
    })
  })

  it.each<AppendExpectedRevision>([NO_STREAM, STREAM_EXISTS, ANY])(
    'names the expected revision %s in the conflict',
    async (expected) => {
      const stream = expected === STREAM_EXISTS ? newStream() : await states.written()
      // With ANY only a repeat that brings something new conflicts.
      const events = sampleEvents(1)
      if (expected === ANY) await client.appendToStream(stream, events)
      const refused = client.appendToStream(stream, [...events, sampleEvent()], {
        ...options,
        expectedRevision: expected,
      })

      expect((await failureOf(refused)).expectedVersion).toBe(expected)
    },
  )
})

it('answers an append with the revision and the position of its last event', async () => {
  const stream = newStream()
  const one = await client.appendToStream(stream, sampleEvent(), { expectedRevision: NO_STREAM })
  const three = await client.appendToStream(stream, sampleEvents(3), { expectedRevision: 0n })

  expect(one).toMatchObject({ success: true, nextExpectedRevision: 0n })
  expect(three).toMatchObject({ success: true, nextExpectedRevision: 3n })
  const read = client.readStream(stream, { direction: 'backwards', fromRevision: 'end', maxCount: 1 })
  for await (const { event } of read) expect(event?.position).toEqual(three.position)
  expect(three.position?.commit).toBe(three.position?.prepare)
  expect(three.position?.commit).toBeGreaterThan(one.position?.commit ?? 0n)
})

describe('an append of nothing', () => {
  it('answers the head and leaves nothing to read', async () => {
    const stream = await states.written()
    const { nextExpectedRevision, position } = await client.appendToStream(stream, [])

    expect(nextExpectedRevision).toBe(2n)
    expect(position?.commit).toBeGreaterThan(0n)
    expect(await idsIn(client, stream)).toHaveLength(3)
  })

  it('does not begin a stream', async () => {
    const stream = newStream()

    expect((await client.appendToStream(stream, [], { expectedRevision: NO_STREAM })).nextExpectedRevision).toBe(0n)
    expect(await idsIn(client, stream)).toBeUndefined()
    expect(await outcomeOf(client, stream, [randomUUID()], NO_STREAM)).toBe('written 0')
  })

  it('is refused at a wrong revision', async () => {
    expect(await outcomeOf(client, await states.written(), [], 0n)).toBe('conflict 2')
  })
})

describe('with throwOnAppendFailure=false', () => {
  it.each([
    ['written', 1n],
    ['never written', -1n],
  ] as const)(
    'a conflict on a stream that is %s resolves to the revision %s, which is wrong',
    async (state, revision) => {
      const silent = openClient(server.connectionString, '&throwOnAppendFailure=false')
      const result = await silent.appendToStream(await states[state](), sampleEvent(), { expectedRevision: 7n })

      expect(result).toEqual({ success: false, nextExpectedRevision: revision, position: undefined })
      await closeClient(silent)
    },
  )
})

describe('deleting', () => {
  it('answers the position of what it wrote', async () => {
    const deleted = await client.deleteStream(await states.written())
    const closed = await client.tombstoneStream(await states.written())

    expect(deleted.position?.commit).toBeGreaterThan(0n)
    expect(closed.position?.commit).toBeGreaterThan(deleted.position?.commit ?? 0n)
  })

  it.each([
    ['any', undefined, -2n],
    ['an exact revision', 4n, 4n],
  ] as const)('refuses a missing stream, expecting %s', async (_name, expectedRevision, expectedVersion) => {
    const refused = client.deleteStream(newStream(), expectedRevision === undefined ? {} : { expectedRevision })

    await expect(refused).rejects.toBeInstanceOf(WrongExpectedVersionError)
    await expect(refused).rejects.toMatchObject({ code: 9, expectedVersion, actualVersion: -1n })
  })

  it('refuses a stream that is closed for ever', async () => {
    const stream = await states.tombstoned()

    expect(await failureOf(client.deleteStream(stream))).toMatchObject({ type: 'stream-deleted', code: 9 })
    expect(await failureOf(client.tombstoneStream(stream))).toMatchObject({ type: 'stream-deleted', code: 9 })
  })
})

it('gives one winner to 100 that begin the same stream', async () => {
  const stream = newStream()
  const racers = Array.from({ length: 100 }, () => outcomeOf(client, stream, [randomUUID()], NO_STREAM))

  const outcomesOfAll = await Promise.all(racers)
  expect(outcomesOfAll.filter((outcome) => outcome === 'written 0')).toHaveLength(1)
  expect(outcomesOfAll.filter((outcome) => outcome === 'conflict 0')).toHaveLength(99)
})

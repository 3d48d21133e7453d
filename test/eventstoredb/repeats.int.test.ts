import { randomUUID } from 'node:crypto'
import {
  ANY,
  type AppendExpectedRevision,
  type EventStoreDBClient,
  NO_STREAM,
  STREAM_EXISTS,
} from '@eventstore/db-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EventStoreDbServer, needsControl, startEventStoreDb } from './server.ts'
import {
  closeClient,
  eventually,
  idsIn,
  newStream,
  openClient,
  outcomeOf,
  sampleEvent,
  sampleEvents,
  taken,
} from './test-client.ts'

let server: EventStoreDbServer
let client: EventStoreDBClient
let stream: string
let ids: Map<string, string>

/** The id behind a letter, the same within a test. */
const idOf = (letter: string): string => {
  const id = ids.get(letter) ?? randomUUID()
  ids.set(letter, id)
  return id
}

const append = (letters: string, expected: AppendExpectedRevision, to = stream): Promise<string> =>
  outcomeOf(client, to, [...letters].map(idOf), expected)

const letters = async (of = stream): Promise<string> => {
  const letterOf = new Map([...ids].map(([letter, id]) => [id, letter]))
  return ((await idsIn(client, of)) ?? []).map((id) => letterOf.get(id) ?? '?').join('')
}

beforeAll(async () => {
  server = await startEventStoreDb()
  client = openClient(server.connectionString)
})

afterAll(async () => {
  await closeClient(client)
  await server.close()
})

/** a, b, then d and f together, then g: revisions 0, 1, 2, 3 and 4. */
beforeEach(async () => {
  stream = newStream()
  ids = new Map()
  await append('a', NO_STREAM)
  await append('b', 0n)
  await append('df', 1n)
  await append('g', 3n)
})

describe('a repeated append', () => {
  it.each<readonly [string, string, AppendExpectedRevision, string]>([
    ['as it was', 'df', 1n, 'written 3'],
    ['as it was, the first of the stream', 'a', NO_STREAM, 'written 0'],
    ['its beginning', 'd', 1n, 'written 2'],
    ['its end, at its own revision', 'f', 1n, 'conflict 4'],
    ['its end, at the revision before', 'f', 2n, 'written 3'],
    ['two appends as one', 'dfg', 1n, 'written 4'],
    ['all appends as one', 'abdfg', NO_STREAM, 'written 4'],
    ['with something new in it', 'dX', 1n, 'conflict 4'],
    ['with something new at the head', 'dfgX', 1n, 'conflict 4'],
    ['with something new before it', 'Xf', 1n, 'conflict 4'],
    ['with something new, at any revision', 'dX', ANY, 'conflict 4'],
    ['as it was, at any revision', 'df', ANY, 'written 3'],
    ['in another order, at any revision', 'gb', ANY, 'written 1'],
    ['as it was, in a stream that exists', 'a', STREAM_EXISTS, 'written 0'],
  ])('%s: %s at %s is %s', async (_what, repeated, expected, outcome) => {
    expect(await append(repeated, expected)).toBe(outcome)
    expect(await letters()).toBe('abdfg')
  })

  it.each<readonly [string, string, AppendExpectedRevision, string]>([
    ['at the head, where ids are not looked at', 'a', 4n, 'abdfga'],
    ['at any revision behind something new', 'Xd', ANY, 'abdfgXd'],
    ['twice in one append', 'hh', 4n, 'abdfghh'],
  ])('is written again %s', async (_what, repeated, expected, after) => {
    await append(repeated, expected)

    expect(await letters()).toBe(after)
  })

  it('answers the position of the first', async () => {
    const before = (await taken(client.readStream(stream))).map(({ event }) => event?.position)
    const repeated = [sampleEvent(idOf('d')), sampleEvent(idOf('f'))]

    expect((await client.appendToStream(stream, repeated, { expectedRevision: 1n })).position).toEqual(before[3])
    expect((await client.appendToStream(stream, repeated)).position).toEqual(before[3])
  })

  it('is known by its ids alone, and the first data stays', async () => {
    const other = sampleEvent(idOf('a'), { n: 2 })

    expect((await client.appendToStream(stream, other, { expectedRevision: NO_STREAM })).nextExpectedRevision).toBe(0n)
    expect((await taken(client.readStream(stream)))[0]?.event?.data).toEqual({ n: 1 })
  })

  it('is still known at any revision after 2,000 events', async () => {
    for (let round = 0; round < 4; round += 1) await client.appendToStream(newStream(), sampleEvents(500))

    expect(await append('a', ANY)).toBe('written 0')
  })

  it('is another in another stream', async () => {
    const other = newStream()

    expect(await append('a', NO_STREAM, other)).toBe('written 0')
    expect(await append('a', NO_STREAM, other)).toBe('written 0')
    expect(await letters(other)).toBe('a')
  })

  it('is written again in another stream at any revision, because the first stream is remembered', async () => {
    const other = newStream()

    expect(await append('a', ANY, other)).toBe('written 0')
    expect(await append('a', ANY, other)).toBe('written 1')
  })
})

/** Sends an append twice at once; the failure of the second, if it came before the first was committed. */
const sentTwice = async (expectedRevision: AppendExpectedRevision): Promise<unknown> => {
  const fresh = newStream()
  const events = sampleEvents(2)
  const [first, second] = [0, 1].map(() => client.appendToStream(fresh, events, { expectedRevision }))
  const failure = second?.then(
    () => undefined,
    (error: unknown) => error,
  )

  expect((await first)?.nextExpectedRevision).toBe(1n)
  await failure
  expect((await client.appendToStream(fresh, events, { expectedRevision })).nextExpectedRevision).toBe(1n)
  expect(await idsIn(client, fresh)).toHaveLength(2)
  return failure
}

it.each<AppendExpectedRevision>([NO_STREAM, ANY])(
  'sent twice at once at %s is written once, and the second is answered by a timeout after 2 s',
  async (expected) => {
    // On a busy machine the second may come late enough to be answered as a repeat.
    let [failure, started]: [unknown, number] = [undefined, 0]
    for (let attempt = 0; failure === undefined && attempt < 50; attempt += 1) {
      started = performance.now()
      failure = await sentTwice(expected)
    }

    expect(failure).toMatchObject({ type: 'deadline-exceeded', code: undefined, message: '' })
    expect(performance.now() - started).toBeGreaterThan(1_900)
    expect(performance.now() - started).toBeLessThan(5_000)
  },
)

describe('after a restart of the server', () => {
  it('exact revisions are still recognised, and repeats at any revision are forgotten', async () => {
    if (!needsControl(server, 'repeated appends after a restart of EventStoreDB')) return
    await server.control?.('kill9')
    await server.control?.('start')
    await eventually(() => outcomeOf(client, newStream(), [randomUUID()], NO_STREAM).then((is) => is === 'written 0'))

    expect(await append('df', 1n)).toBe('written 3')
    expect(await append('a', NO_STREAM)).toBe('written 0')
    expect(await append('a', ANY)).toBe('written 5')
    expect(await append('b', STREAM_EXISTS)).toBe('written 6')
    expect(await letters()).toBe('abdfgab')
  })
})

import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  type Position,
  type ReadStreamOptions,
  START,
} from '@eventstore/db-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EventStoreDbServer, startEventStoreDb, startEventStoreDbDouble } from './server.ts'
import {
  closeClient,
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

const readRevisions = async (options: ReadStreamOptions = {}, of = stream): Promise<number[]> =>
  revisionsOf(await taken(client.readStream(of, options)))

const up = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('reading a stream', () => {
  it.each<[string, ReadStreamOptions, number[]]>([
    ['by default', {}, up(0, 9)],
    ['backwards from the end', { direction: BACKWARDS, fromRevision: END }, up(0, 9).reverse()],
    ['backwards from the start', { direction: BACKWARDS }, [0]],
    ['from revision 3', { fromRevision: 3n }, up(3, 9)],
    ['two from revision 3', { fromRevision: 3n, maxCount: 2 }, [3, 4]],
    ['two from revision 3 by a bigint', { fromRevision: 3n, maxCount: 2n }, [3, 4]],
    ['backwards from revision 3', { direction: BACKWARDS, fromRevision: 3n }, [3, 2, 1, 0]],
    ['backwards from beyond the end', { direction: BACKWARDS, fromRevision: 99n }, up(0, 9).reverse()],
    ['from the next revision', { fromRevision: 10n }, []],
    ['from beyond the end', { fromRevision: 99n }, []],
  ])('%s', async (_how, options, revisions) => {
    expect(await readRevisions(options)).toEqual(revisions)
  })

  it.each<[string, ReadStreamOptions]>([
    ['forwards from the end', { fromRevision: END }],
    ['at most nothing', { maxCount: 0 }],
  ])('%s fails', async (_how, options) => {
    expect(await failureOf(readRevisions(options))).toMatchObject({ type: 'unknown', code: 2 })
  })

  it('without a name fails', async () => {
    expect(await failureOf(readRevisions({}, ''))).toMatchObject({ type: 'unknown', code: 2 })
  })

  it.each<[ReadStreamOptions]>([
    [{}],
    [{ fromRevision: 5n }],
    [{ direction: BACKWARDS, fromRevision: END }],
    [{ direction: BACKWARDS, fromRevision: 5n }],
  ])('that is missing fails at the first event (%o)', async (options) => {
    const missing = newStream()

    expect(await failureOf(readRevisions(options, missing))).toMatchObject({
      type: 'stream-not-found',
      code: undefined,
      streamName: missing,
      message: `${missing} not found`,
    })
  })

  it('that was deleted is missing, and goes on at the next revision', async () => {
    const deleted = newStream()
    await client.appendToStream(deleted, sampleEvents(3))
    await client.deleteStream(deleted)
    expect(await failureOf(readRevisions({}, deleted))).toMatchObject({ type: 'stream-not-found' })

    await client.appendToStream(deleted, sampleEvent())
    expect(await readRevisions({}, deleted)).toEqual([3])
    expect((await taken(client.readStream(`$$${deleted}`))).map(({ event }) => event?.type)).toEqual([
      '$metadata',
      '$metadata',
    ])
  })

  it('that was closed for ever fails', async () => {
    const closed = newStream()
    await client.appendToStream(closed, sampleEvents(3))
    await client.tombstoneStream(closed)

    expect(await failureOf(readRevisions({}, closed))).toMatchObject({
      type: 'stream-deleted',
      code: 9,
      streamName: closed,
    })
  })

  it('leaves out what its metadata hides, and keeps the numbers', async () => {
    const hidden = newStream()
    await client.appendToStream(hidden, sampleEvents(5))
    await client.setStreamMetadata(hidden, { truncateBefore: 2 })
    expect(await readRevisions({}, hidden)).toEqual([2, 3, 4])

    await client.setStreamMetadata(hidden, { maxCount: 2 })
    expect(await readRevisions({ direction: BACKWARDS, fromRevision: END }, hidden)).toEqual([4, 3])
  })
})

/** Of all events those of the stream of this file; on a real server others write too. */
const readAllRevisions = async (options: Parameters<typeof client.readAll>[0]): Promise<number[]> =>
  revisionsOf((await taken(client.readAll(options))).filter(({ event }) => event?.streamId === stream))

const at = (revision: number): Position => positions[revision]!

describe('reading all', () => {
  it('forwards includes the event at the position, backwards does not', async () => {
    expect(await readAllRevisions({ fromPosition: at(7) })).toEqual([7, 8, 9])
    expect(await readAllRevisions({ fromPosition: at(2), direction: BACKWARDS })).toEqual([1, 0])
  })

  it('takes at most maxCount', async () => {
    const two = await taken(client.readAll({ fromPosition: at(4), maxCount: 2 }))

    expect(two).toHaveLength(2)
    expect(two[0]?.event?.position).toEqual(at(4))
  })

  it('takes the position {commit, 0}, which a checkpoint may be', async () => {
    expect(await readAllRevisions({ fromPosition: { commit: at(8).commit, prepare: 0n } })).toEqual([8, 9])
  })

  it('begins at the start, or at the position 0', async () => {
    const [first] = await taken(client.readAll({ fromPosition: START, maxCount: 1 }))
    const [same] = await taken(client.readAll({ fromPosition: { commit: 0n, prepare: 0n }, maxCount: 1 }))

    expect(first?.event?.position?.commit).toBeGreaterThan(0n)
    expect(same).toEqual(first)
    expect(first?.event).toMatchObject({ type: '$metadata', streamId: expect.stringMatching(/^\$\$/) as string })
  })

  it('backwards from the end begins with the last event', async () => {
    const last = await client.appendToStream(newStream(), sampleEvent())
    const seen = await taken(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 50 }))

    expect(seen.some(({ event }) => event?.position?.commit === last.position?.commit)).toBe(true)
    expect(seen.map(({ commitPosition }) => commitPosition)).toEqual(
      seen.map(({ commitPosition }) => commitPosition).toSorted((a, b) => Number((b ?? 0n) - (a ?? 0n))),
    )
  })

  it.each([
    ['forwards from the end', { direction: FORWARDS, fromPosition: END }],
    ['backwards from the start', { direction: BACKWARDS, fromPosition: START }],
    ['beyond the end', { direction: FORWARDS, fromPosition: { commit: 10n ** 15n, prepare: 10n ** 15n } }],
  ] as const)('%s finds nothing', async (_how, options) => {
    expect(await taken(client.readAll(options))).toEqual([])
  })

  it('fails at a position that no event has', async () => {
    const none = { commit: at(3).commit + 1n, prepare: at(3).commit + 1n }

    expect(await failureOf(readAllRevisions({ fromPosition: none }))).toMatchObject({
      type: 'unknown',
      code: 2,
      message: '2 UNKNOWN: Unexpected ReadAllResult: InvalidPosition',
    })
  })

  it('fails at a position that was prepared after it was committed', async () => {
    const wrong = { commit: at(3).commit, prepare: at(4).commit }

    expect(await failureOf(readAllRevisions({ fromPosition: wrong }))).toMatchObject({
      type: 'unknown',
      code: 2,
      message: '2 UNKNOWN: Exception was thrown by handler.',
    })
  })

  it('at most nothing never ends', async () => {
    const reading = client.readAll({ maxCount: 0 })
    const first = reading[Symbol.asyncIterator]().next()
    const waited = new Promise<string>((resume) => setTimeout(() => resume('nothing'), 300))

    expect(await Promise.race([first, waited])).toBe('nothing')
    await reading.cancel()
  })

  it('shows positions that rise with gaps, and the same one everywhere', async () => {
    const seen = await taken(client.readAll({ fromPosition: at(0), maxCount: 10 }))
    const commits = seen.map(({ event }) => event?.position?.commit ?? 0n)

    expect(commits.every((commit, index) => index === 0 || commit > (commits[index - 1] ?? 0n) + 1n)).toBe(true)
    for (const { event, commitPosition } of seen) {
      expect([event?.position?.prepare, commitPosition]).toEqual([event?.position?.commit, event?.position?.commit])
    }
  })

  it('still shows what was deleted, closed and hidden', async () => {
    const [deleted, closed, hidden] = [newStream(), newStream(), newStream()]
    const { position } = await client.appendToStream(deleted, sampleEvent())
    await client.appendToStream(closed, sampleEvent())
    await client.appendToStream(hidden, sampleEvents(2))
    await client.deleteStream(deleted)
    await client.tombstoneStream(closed)
    await client.setStreamMetadata(hidden, { maxCount: 1 })
    const after = await taken(client.readAll({ fromPosition: position! }))

    const seen = after.map(({ event }) => `${event?.streamId} ${event?.revision}`)
    expect(seen).toEqual(
      expect.arrayContaining([`${deleted} 0`, `${closed} 0`, `${closed} 9223372036854775807`, `${hidden} 0`]),
    )
  })

  it('starts at 548 with metadata of a system stream', async () => {
    // A fresh log is needed, which only the double gives.
    const fresh = await startEventStoreDbDouble()
    const reader = openClient(fresh.connectionString)

    expect(await taken(reader.readAll())).toMatchObject([
      {
        event: { streamId: '$$$scavenges', type: '$metadata', revision: 0n, position: { commit: 548n, prepare: 548n } },
      },
    ])
    await closeClient(reader)
    await fresh.close()
  })
})

it('shows an acknowledged append to every read after it', async () => {
  const seen = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const own = newStream()
      const { position } = await client.appendToStream(own, sampleEvent())
      const [inStream, inAll] = await Promise.all([
        taken(client.readStream(own)),
        taken(client.readAll({ fromPosition: position!, maxCount: 1 })),
      ])
      return inStream.length === 1 && inAll[0]?.event?.streamId === own
    }),
  )

  expect(seen.filter((is) => !is)).toEqual([])
})

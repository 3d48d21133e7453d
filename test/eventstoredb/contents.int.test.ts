import { randomUUID } from 'node:crypto'
import { binaryEvent, type EventData, type EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EventStoreDbServer, startEventStoreDb } from './server.ts'
import { closeClient, failureOf, newStream, openClient, sampleEvent, sampleEvents, taken } from './test-client.ts'

const MOST = 1_048_576

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

/** JSON text of exactly so many bytes. */
const textOf = (bytes: number): string => 'x'.repeat(bytes - 2)

const readBack = async (event: EventData, stream = newStream()) => {
  await client.appendToStream(stream, event, { expectedRevision: NO_STREAM })
  return (await taken(client.readStream(stream)))[0]?.event
}

describe('the size of an append', () => {
  const credentials = { username: 'somebody', password: 'something' }
  const tooLarge = { type: 'maximum-append-size-exceeded', maxAppendSize: MOST }

  it('is the sum of its data', async () => {
    const half = sampleEvent(randomUUID(), textOf(MOST / 2))
    const other = sampleEvent(randomUUID(), textOf(MOST / 2))

    expect((await client.appendToStream(newStream(), [half, other])).nextExpectedRevision).toBe(1n)
    const refused = client.appendToStream(newStream(), [half, other, sampleEvent(randomUUID(), 1)])
    expect(await failureOf(refused)).toMatchObject({ ...tooLarge, message: '' })
  })

  it.each([{}, { credentials }])('is at most 1 MiB for one event (%o)', async (options) => {
    const fits = sampleEvent(randomUUID(), textOf(MOST))
    const exceeds = sampleEvent(randomUUID(), textOf(MOST + 1))

    expect((await client.appendToStream(newStream(), fits, options)).nextExpectedRevision).toBe(0n)
    expect(await failureOf(client.appendToStream(newStream(), exceeds, options))).toMatchObject(tooLarge)
  })

  it('does not count metadata', async () => {
    const event = jsonEvent({ type: 'T', data: textOf(MOST), metadata: { text: textOf(MOST) } })

    expect((await client.appendToStream(newStream(), event)).success).toBe(true)
  })

  it('is checked before the expected revision, and the client goes on', async () => {
    const event = sampleEvent(randomUUID(), textOf(MOST + 1))

    expect(await failureOf(client.appendToStream(newStream(), event, { expectedRevision: 7n }))).toMatchObject(tooLarge)
    expect((await client.appendToStream(newStream(), sampleEvent())).success).toBe(true)
  })

  it('may be 10,000 small events, which come in several messages', async () => {
    const stream = newStream()
    const { nextExpectedRevision } = await client.appendToStream(stream, sampleEvents(10_000), {
      batchAppendSize: 100_000,
    })

    expect(nextExpectedRevision).toBe(9_999n)
    expect(await taken(client.readStream(stream))).toHaveLength(10_000)
  })

  it('far beyond the limit breaks the call, and with it what is in flight', async () => {
    const others = openClient(server.connectionString)
    const huge = others.appendToStream(newStream(), sampleEvent(randomUUID(), textOf(20_000_000)))

    expect(await failureOf(huge)).toMatchObject({ type: 'unknown', code: 8 })
    expect((await others.appendToStream(newStream(), sampleEvent())).success).toBe(true)
    await closeClient(others)
  })
})

describe('what is read back', () => {
  it.each([null, 'text', 7, [1, 'two'], { a: { b: [] } }, 'Zoë \u0000 \ud83d\ude80'])(
    'data %j is the same',
    async (data) => {
      expect((await readBack(sampleEvent(randomUUID(), data)))?.data).toEqual(data)
    },
  )

  it.each([{}, 'text', { unicode: 'Zoë 🚀' }])('metadata %j is the same', async (metadata) => {
    const event = await readBack(jsonEvent({ type: 'T', data: {}, metadata: metadata as Record<string, unknown> }))

    expect(event?.metadata).toEqual(metadata)
  })

  it('metadata of bytes is bytes, or what their JSON says', async () => {
    const bytes = await readBack(jsonEvent({ type: 'T', data: {}, metadata: new Uint8Array([1, 2, 255]) }))
    const json = await readBack(jsonEvent({ type: 'T', data: {}, metadata: new Uint8Array(Buffer.from('{"a":1}')) }))

    expect(Buffer.from(bytes?.metadata as Uint8Array)).toEqual(Buffer.from([1, 2, 255]))
    expect(json?.metadata).toEqual({ a: 1 })
  })

  it('no metadata is undefined', async () => {
    expect((await readBack(sampleEvent()))?.metadata).toBeUndefined()
  })

  it.each([[[0, 1, 255]], [[]]])('binary data %j is bytes', async (bytes) => {
    const event = await readBack(binaryEvent({ type: 'T', data: new Uint8Array(bytes) }))

    expect(event).toMatchObject({ isJson: false })
    expect(Buffer.from(event?.data as Uint8Array)).toEqual(Buffer.from(bytes))
  })

  it('an id in upper case is in lower case', async () => {
    const id = randomUUID()

    expect((await readBack(sampleEvent(id.toUpperCase())))?.id).toBe(id)
  })

  it.each(['x'.repeat(5_000), 'a type with spaces', 'Zoë🚀'])('a type may be any text', async (type) => {
    expect((await readBack(jsonEvent({ type, data: {} })))?.type).toBe(type)
  })

  it.each(['with spaces', 'with/slashes', 'Zoë🚀', 'x'.repeat(5_000), '$x', '$$x'])(
    'a stream may have any name',
    async (name) => {
      const stream = `${name}-${randomUUID()}`

      expect((await readBack(sampleEvent(), stream))?.streamId).toBe(stream)
    },
  )

  it('the time of writing is there, and the commit position beside the event', async () => {
    const stream = newStream()
    const before = new Date().getTime()
    await client.appendToStream(stream, sampleEvent())
    const [read] = await taken(client.readStream(stream))

    expect(read?.commitPosition).toBe(read?.event?.position?.commit)
    // A server on another machine has another clock.
    if (server.isDouble) expect(read?.event?.created.getTime()).toBeGreaterThanOrEqual(before)
    expect(read?.event?.created).toBeInstanceOf(Date)
  })
})

describe('a link', () => {
  it('is an event as it is, or the event it points at', async () => {
    const [target, links] = [newStream(), newStream()]
    await client.appendToStream(target, sampleEvents(2))
    const link = (to: string) => binaryEvent({ type: '$>', data: new Uint8Array(Buffer.from(to)) })
    await client.appendToStream(links, [link(`1@${target}`), link(`0@${newStream()}`)])

    const plain = await taken(client.readStream(links))
    const resolved = await taken(client.readStream(links, { resolveLinkTos: true }))
    expect(plain.map(({ event, link: none }) => [event?.type, none])).toEqual([
      ['$>', undefined],
      ['$>', undefined],
    ])
    expect(resolved[0]).toMatchObject({ event: { streamId: target, revision: 1n }, link: { streamId: links } })
    expect(resolved[1]).toMatchObject({ link: { streamId: links, revision: 1n } })
    expect(resolved[1]?.event).toBeUndefined()
  })
})

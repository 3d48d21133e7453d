import { randomUUID } from 'node:crypto'
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js'
import { credentials } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EMPTY, nameIn, streamIdentifier, streams, uuid } from './protocol.ts'
import { type EventStoreDbServer, startEventStoreDb, startEventStoreDbDouble } from './server.ts'
import { eventually, newStream } from './test-client.ts'

/** BatchAppend without the package's client, which does not survive some of these answers. */
const openCall = (connectionString: string) => {
  const { host } = new URL(connectionString)
  const client = new StreamsClient(host, credentials.createInsecure())
  const call = client.batchAppend()
  const answers: streams.BatchAppendResp[] = []
  call.on('data', (answer: streams.BatchAppendResp) => answers.push(answer))
  // Ended by us.
  call.on('error', () => undefined)
  const close = (): void => {
    call.cancel()
    client.close()
  }
  return { call, answers, close }
}

const proposed = (type = 'SampleHappened', id: string = randomUUID()): streams.BatchAppendReq.ProposedMessage => {
  const message = new streams.BatchAppendReq.ProposedMessage().setId(uuid(id)).setData(Buffer.from('{}'))
  message.getMetadataMap().set('type', type).set('content-type', 'application/json')
  return message
}

const optionsFor = (stream: string): streams.BatchAppendReq.Options =>
  new streams.BatchAppendReq.Options().setStreamIdentifier(streamIdentifier(stream)).setAny(EMPTY)

const request = (
  options: streams.BatchAppendReq.Options | undefined,
  messages: streams.BatchAppendReq.ProposedMessage[],
): streams.BatchAppendReq =>
  new streams.BatchAppendReq()
    .setCorrelationId(uuid(randomUUID()))
    .setOptions(options)
    .setProposedMessagesList(messages)
    .setIsFinal(true)

const errorsIn = (answers: readonly streams.BatchAppendResp[]): (string | undefined)[] =>
  answers.map((answer) => answer.getError()?.getMessage())

let server: EventStoreDbServer
let wire: ReturnType<typeof openCall>

beforeAll(async () => {
  server = await startEventStoreDb()
})

afterAll(() => server.close())

beforeEach(() => {
  wire = openCall(server.connectionString)
})

afterEach(() => wire.close())

describe('BatchAppend', () => {
  it('echoes the correlation id and the stream', async () => {
    const stream = newStream()
    const sent = request(optionsFor(stream), [proposed()])
    wire.call.write(sent)
    await eventually(() => wire.answers.length === 1)

    expect(wire.answers[0]?.getCorrelationId()?.getString()).toBe(sent.getCorrelationId()?.getString())
    expect(nameIn(wire.answers[0]?.getStreamIdentifier())).toBe(stream)
    expect(wire.answers[0]?.getSuccess()?.getCurrentRevision()).toBe('0')
  })

  it('answers an event without a type or a proper id twice: at once by BadRequest, after 2 s by Timeout', async () => {
    const started = performance.now()
    const wrong = [proposed(''), proposed('T', 'seven'), proposed('T', '00000000-0000-0000-0000-000000000000')]
    for (const message of wrong) wire.call.write(request(optionsFor(newStream()), [message]))
    await eventually(() => wire.answers.length === 3)
    expect(performance.now() - started).toBeLessThan(1_500)
    await eventually(() => wire.answers.length === 6)

    expect(errorsIn(wire.answers)).toEqual(['BadRequest', 'BadRequest', 'BadRequest', 'Timeout', 'Timeout', 'Timeout'])
    expect(performance.now() - started).toBeGreaterThan(1_900)
  })

  it('answers a deadline in the past by Timeout, and writes nothing', async () => {
    const past = new timestamps.Timestamp()
    past.fromDate(new Date(0))
    const stream = newStream()
    wire.call.write(request(optionsFor(stream).setDeadline(past), [proposed()]))
    await eventually(() => wire.answers.length === 1)
    wire.call.write(request(optionsFor(stream), [proposed()]))
    await eventually(() => wire.answers.length === 2)

    expect(errorsIn(wire.answers)).toEqual(['Timeout', undefined])
    expect(wire.answers[1]?.getSuccess()?.getCurrentRevision()).toBe('0')
  })

  it('does not answer a message without options', async () => {
    wire.call.write(request(undefined, [proposed()]))
    wire.call.write(request(optionsFor(newStream()), [proposed()]))
    await eventually(() => wire.answers.length > 0)

    expect(wire.answers).toHaveLength(1)
  })

  it('refuses a stream without a name', async () => {
    wire.call.write(request(optionsFor(''), [proposed()]))
    await eventually(() => wire.answers.length === 1)

    expect(errorsIn(wire.answers)).toEqual(['BadRequest'])
  })
})

it('answers an append while it starts with code 0 and no type of its own', async () => {
  // How long a server starts can be said only to the double.
  const starting = await startEventStoreDbDouble({ startingMs: 60_000 })
  const early = openCall(starting.connectionString)
  early.call.write(request(optionsFor(newStream()), [proposed()]))
  await eventually(() => early.answers.length === 1)

  const error = early.answers[0]?.getError()
  expect([error?.getCode(), error?.getMessage(), error?.getDetails()?.getTypeName()]).toEqual([
    0,
    'Server Is Not Ready',
    'google.protobuf.Empty',
  ])
  early.close()
  await starting.close()
})

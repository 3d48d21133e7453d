import { randomUUID } from 'node:crypto'
import {
  type AppendExpectedRevision,
  type AppendToStreamOptions,
  EventStoreDBClient,
  jsonEvent,
  type JSONEventData,
  type Position,
  type ResolvedEvent,
  StreamNotFoundError,
} from '@eventstore/db-client'

const DISPOSE_MS = 2_000

/** A client on a connection string with more options, such as `&keepAliveInterval=1000`. */
export const openClient = (connectionString: string, options = ''): EventStoreDBClient =>
  EventStoreDBClient.connectionString(connectionString + options)

/** `dispose()` may never resolve when a read was left early. */
export const closeClient = async (client: EventStoreDBClient): Promise<void> => {
  await Promise.race([client.dispose(), new Promise((resume) => setTimeout(resume, DISPOSE_MS).unref())])
}

/** A stream that nobody else uses, on a server whose log others may share. */
export const newStream = (): string => `double-${randomUUID()}`

export const sampleEvent = (id: string = randomUUID(), data: unknown = { n: 1 }): JSONEventData =>
  jsonEvent({ id, type: 'SampleHappened', data: data as Record<string, unknown> })

export const sampleEvents = (count: number): JSONEventData[] => Array.from({ length: count }, () => sampleEvent())

/** What a failure is told apart by. */
export interface Failure {
  readonly type: unknown
  readonly code: unknown
  readonly message: string
}

/** Waits for a promise that must be rejected. */
export const failureOf = async (promise: Promise<unknown>): Promise<Failure & Readonly<Record<string, unknown>>> => {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { type, code } = error as Error & Partial<Failure>
    return { ...Object.fromEntries(Object.entries(error)), type, code, message: error.message }
  }
  throw new Error(`it did not fail, but answered ${String(value)}`)
}

/** How an append went, in two words: `written 3`, `conflict no_stream`, or the type of its failure. */
export const outcomeOf = async (
  client: EventStoreDBClient,
  stream: string,
  ids: readonly string[],
  expectedRevision: AppendExpectedRevision,
  options: Partial<AppendToStreamOptions> = {},
): Promise<string> => {
  const events = ids.map((id) => sampleEvent(id))
  try {
    const result = await client.appendToStream(stream, events, { ...options, expectedRevision })
    return `written ${result.nextExpectedRevision}`
  } catch (error) {
    const { type, actualVersion } = error as { type?: string; actualVersion?: unknown }
    return type === 'wrong-expected-version' ? `conflict ${String(actualVersion)}` : String(type ?? error)
  }
}

/** All that a read gives. */
export const taken = async (reading: AsyncIterable<ResolvedEvent>): Promise<ResolvedEvent[]> => {
  const events: ResolvedEvent[] = []
  for await (const event of reading) events.push(event)
  return events
}

export const revisionsOf = (events: readonly ResolvedEvent[]): number[] =>
  events.map(({ event }) => Number(event?.revision))

/** What a stream holds; undefined when there is no such stream. */
export const idsIn = async (client: EventStoreDBClient, stream: string): Promise<string[] | undefined> => {
  try {
    return (await taken(client.readStream(stream))).map(({ event }) => event?.id ?? '')
  } catch (error) {
    if (error instanceof StreamNotFoundError) return undefined
    throw error
  }
}

/** Writes single-event appends to a new stream and answers their positions. */
export const writtenPositions = async (
  client: EventStoreDBClient,
  stream: string,
  count: number,
): Promise<Position[]> => {
  const positions: Position[] = []
  for (const event of sampleEvents(count)) {
    const { position } = await client.appendToStream(stream, event)
    if (position === undefined) throw new Error('an append was answered without a position')
    positions.push(position)
  }
  return positions
}

/** Polls until the condition holds, for 20 s at most. */
export const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not become true within 20 s')
    await new Promise((resume) => setTimeout(resume, 20))
  }
}

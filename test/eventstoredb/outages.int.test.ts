import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type EventStoreDBClient, type JSONEventData, NO_STREAM } from '@eventstore/db-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type ControlAction,
  type EventStoreDbServer,
  needsControl,
  startEventStoreDb,
  startEventStoreDbDouble,
} from './server.ts'
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

const credentials = { username: 'somebody', password: 'something' }

/** A frozen server is noticed after the sum of these, 20 s by default. */
const QUICK_KEEP_ALIVE = '&keepAliveInterval=1000&keepAliveTimeout=1000'

let server: EventStoreDbServer
let client: EventStoreDBClient
let controlled: boolean

const control = async (action: ControlAction): Promise<void> => server.control?.(action)

const append = (to: EventStoreDBClient = client): Promise<unknown> => to.appendToStream(newStream(), sampleEvent())

const isUp = (): Promise<boolean> =>
  append().then(
    () => true,
    () => false,
  )

/** What a subscription that is live now will fail with. */
const liveFailure = async (of: EventStoreDBClient): Promise<{ failure: ReturnType<typeof failureOf> }> => {
  const subscription = of.subscribeToAll({ fromPosition: 'end' })
  const live = once(subscription, 'caughtUp')
  const failure = failureOf(taken(subscription))
  await live
  return { failure }
}

beforeAll(async () => {
  server = await startEventStoreDb({ stoppingMs: 300 })
  controlled = needsControl(server, 'killing, stopping and freezing EventStoreDB')
})

afterAll(() => server.close())

beforeEach(async () => {
  client = openClient(server.connectionString)
  await append()
})

afterEach(() => closeClient(client))

describe('a server that is killed', () => {
  it('fails what is in flight and loses nothing that it acknowledged', async ({ skip }) => {
    skip(!controlled)
    const acknowledged: string[] = []
    const failures: unknown[] = []
    const pending = new Map<string, JSONEventData>()
    let killed = false
    const appendUntilKilled = async (): Promise<void> => {
      while (!killed) {
        const [stream, event] = [newStream(), sampleEvent()]
        pending.set(stream, event)
        try {
          await client.appendToStream(stream, event, { expectedRevision: NO_STREAM })
          acknowledged.push(stream)
        } catch (error) {
          killed = true
          failures.push(error)
        }
      }
    }
    const appending = Array.from({ length: 32 }, appendUntilKilled)
    await eventually(() => acknowledged.length > 200)
    await control('kill9')
    await Promise.all(appending)
    expect(failures).toHaveLength(32)
    for (const failure of failures) expect(failure).toMatchObject({ type: 'unavailable', code: 14 })

    await control('start')
    await eventually(isUp)
    for (const stream of acknowledged) expect(await idsIn(client, stream)).toEqual([pending.get(stream)?.id])
    // What failed may have been written or not: a repeat with the same id is right in both cases.
    for (const [stream, event] of pending) {
      const { nextExpectedRevision } = await client.appendToStream(stream, event, { expectedRevision: NO_STREAM })
      expect(nextExpectedRevision).toBe(0n)
      expect(await idsIn(client, stream)).toEqual([event.id])
    }
  })

  it('fails a subscription, and a new one of the same client resumes after the last event', async ({ skip }) => {
    skip(!controlled)
    const stream = newStream()
    await client.appendToStream(stream, sampleEvents(2))
    const first = client.subscribeToStream(stream)
    let killing: Promise<void> | undefined
    first.once('caughtUp', () => {
      killing = control('kill9')
    })
    expect(await failureOf(taken(first))).toMatchObject({ type: 'unavailable', code: 14 })

    await killing
    await control('start')
    await eventually(isUp)
    await client.appendToStream(stream, sampleEvent())
    const second = client.subscribeToStream(stream, { fromRevision: 1n })
    second.once('caughtUp', () => void second.unsubscribe())
    expect((await taken(second)).map(({ event }) => event?.revision)).toEqual([2n])
  })

  it('and is away fails appends by a plain error and the rest by UnavailableError', async ({ skip }) => {
    skip(!controlled)
    await control('kill9')
    const away = openClient(server.connectionString)

    const plain = await failureOf(append(away))
    expect(plain).toMatchObject({ type: undefined, code: 14 })
    expect(plain.message).toMatch(/^14 UNAVAILABLE: No connection established/)
    const unavailable = { type: 'unavailable', code: 14 }
    const byItsOwnCall = away.appendToStream(newStream(), sampleEvent(), { credentials })
    expect(await failureOf(byItsOwnCall)).toMatchObject(unavailable)
    expect(await failureOf(taken(away.readStream('any')))).toMatchObject(unavailable)
    expect(await failureOf(taken(away.subscribeToAll()))).toMatchObject(unavailable)

    await control('start')
    await eventually(isUp)
    expect(await append(away)).toMatchObject({ success: true })
    await closeClient(away)
  })
})

describe('a server that is stopped', () => {
  it('refuses appends as not ready and ends the calls that stand with code 13', async ({ skip }) => {
    skip(!controlled)
    const failed = await liveFailure(client)
    const failures: unknown[] = []
    let stopped = false
    const appending = Array.from({ length: 8 }, async () => {
      while (!stopped) await append().catch((error: unknown) => failures.push(error))
    })
    await control('stop')
    stopped = true
    await Promise.all(appending)

    const messages = failures.map((error) => (error as Error).message)
    expect(messages).toContain('Could not recognize Server Is Not Ready')
    expect(messages.filter((message) => !/Not Ready|RST_STREAM|UNAVAILABLE|CANCELLED/.test(message))).toEqual([])
    expect(await failed.failure).toMatchObject({ type: 'unknown', code: 13 })
    await control('start')
    await eventually(isUp)
  })
})

describe('a server that is frozen', () => {
  it('is noticed by keep-alive alone, whatever the deadline is', async ({ skip }) => {
    skip(!controlled)
    // The client warns of an interval below 10 s.
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const watchful = openClient(server.connectionString, QUICK_KEEP_ALIVE)
    warning.mockRestore()
    await append(watchful)
    const failed = await liveFailure(watchful)
    await control('freeze')
    const started = performance.now()
    const appending = failureOf(watchful.appendToStream(newStream(), sampleEvent(), { deadline: 300 }))

    expect(await appending).toMatchObject({ type: 'unavailable', code: 14 })
    expect(performance.now() - started).toBeGreaterThan(900)
    expect(await failed.failure).toMatchObject({
      type: 'unavailable',
      message: expect.stringMatching(/Connection dropped/) as string,
    })
    await control('thaw')
    await eventually(isUp)
    await closeClient(watchful)
  })

  it('goes on with what was sent, and refuses what is past its deadline', async ({ skip }) => {
    skip(!controlled)
    const [late, early] = [newStream(), newStream()]
    const patient = openClient(server.connectionString)
    await append(patient)
    await control('freeze')
    const written = patient.appendToStream(late, sampleEvent())
    const refused = failureOf(patient.appendToStream(early, sampleEvent(), { deadline: 200 }))
    const thawing = new Promise((resume) => setTimeout(resume, 500)).then(() => control('thaw'))

    expect(await written).toMatchObject({ success: true, nextExpectedRevision: 0n })
    expect(await refused).toMatchObject({ type: 'deadline-exceeded', message: '', code: undefined })
    expect(await idsIn(patient, early)).toBeUndefined()
    await thawing
    await closeClient(patient)
  })

  it('lets an append by its own call end at its deadline', async ({ skip }) => {
    skip(!controlled)
    await control('freeze')
    const options = { credentials, deadline: 400 }
    const failure = await failureOf(client.appendToStream(newStream(), sampleEvent(), options))

    expect(failure).toMatchObject({ type: 'deadline-exceeded', code: 4 })
    await control('thaw')
    await eventually(isUp)
  })
})

describe('a server that starts', () => {
  it('is not ready, and then is', async () => {
    // How long a server starts can be said only to the double.
    const starting = await startEventStoreDbDouble({ startingMs: 800 })
    const early = openClient(starting.connectionString)
    const refused = await failureOf(append(early))
    const byItsOwnCall = await failureOf(early.appendToStream(newStream(), sampleEvent(), { credentials }))
    const reading = await failureOf(taken(early.readStream('any')))

    expect(refused).toMatchObject({ type: 'unknown', code: undefined })
    expect(refused.message).toBe('Could not recognize Server Is Not Ready')
    const unavailable = { type: 'unavailable', code: 14, message: '14 UNAVAILABLE: Server Is Not Ready' }
    expect(byItsOwnCall).toMatchObject(unavailable)
    expect(reading).toMatchObject(unavailable)
    await eventually(() => append(early).then(Boolean, () => false))
    await closeClient(early)
    await starting.close()
  })
})

it('a client that speaks TLS to a server that does not fails by a plain error', async () => {
  const secure = openClient(server.connectionString.replace('tls=false', 'tls=true'))
  const failure = await failureOf(append(secure))

  expect(failure).toMatchObject({ type: undefined, code: 14 })
  expect(failure.message).toMatch(/wrong version number/i)
  await closeClient(secure)
})

it('an append at a client whose clock is behind by more than the deadline is refused', async () => {
  // The deadline travels as a moment: one that is over on arrival is what such a clock makes of it.
  const stream = newStream()
  const late = client.appendToStream(stream, sampleEvent(randomUUID()), { deadline: -60_000 })

  expect(await failureOf(late)).toMatchObject({ type: 'deadline-exceeded', message: '' })
  expect(await idsIn(client, stream)).toBeUndefined()
})

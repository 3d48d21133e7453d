import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DomainError } from '../../domain/errors.ts'
import { PlatformError } from '../../platform/platform-error.ts'
import type { Gateway } from '../../protocol-adapters/http/gateway.ts'
import { RemoteProgress } from '../../projections/read-models.ts'
import { START } from '../../platform/event-store/event-store.ts'
import { store } from '../graphql/commands.ts'
import { listen, type Listening } from './listen.ts'
import { startLive, type LiveServer } from './live-server.ts'

/** Enough that neither socket takes all of it at once. */
const LARGE = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, name.repeat(2000)]))
const DRAIN_MS = 1000

let server: LiveServer
let token: string
/** What the database and the permissions answer with while they are away. */
let away: Error | undefined
const open: Listening[] = []

const interruptible = (gateway: Gateway): Gateway => {
  const { authenticator, repositories } = gateway
  const failing = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    if (away !== undefined) throw away
    return await ask()
  }
  return {
    ...gateway,
    // reads the checkpoints, as a process without a projector does
    progress: new RemoteProgress(gateway.sql, START),
    authenticator: {
      ...authenticator,
      peek: (request) => (away === undefined ? authenticator.peek(request) : 'ask'),
      authenticate: (request) => failing(() => authenticator.authenticate(request)),
    },
    repositories: {
      find: (project: string, repository: string) => failing(() => repositories.find(project, repository)),
    } as Gateway['repositories'],
  }
}

beforeAll(async () => {
  server = await startLive({ limits: { drainMs: DRAIN_MS, heartbeatMs: 15_000 }, change: interruptible })
  server.app.server.on('connection', (socket) => sockets.add(socket))
  await server.send('CreateProject', { project: 'main' })
  await server.send('CreateRepository', { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' })
  token = await server.account('rea', [['viewer', 'main']])
})
afterEach(() => {
  away = undefined
  for (const listening of open.splice(0)) listening.close()
})
afterAll(async () => {
  await server.close()
})

const opened = async (options: Parameters<typeof listen>[1] = {}): Promise<Listening> => {
  const listening = await listen(server.url, { token, query: { project: 'main' }, ...options })
  open.push(listening)
  return listening
}

let count = 0
const storeLarge = async (events: number): Promise<readonly string[]> => {
  const positions: string[] = []
  while (positions.length < events) {
    const paths = Array.from({ length: 25 }, () => `large/${++count}`)
    const done = await Promise.all(paths.map((path) => store(server.send, 'files', path, LARGE)))
    positions.push(...done.map(({ position }) => position))
  }
  return positions.sort()
}

const sockets = new Set<Socket>()

/** What waits in this process for clients to take it. */
const buffered = (): number => [...sockets].reduce((sum, { writableLength }) => sum + writableLength, 0)

describe('a client that takes nothing', () => {
  it('is cut off, never has much waiting for it, holds up nobody, and goes on with its last id', async () => {
    const [slow, quick] = [await opened(), await opened()]
    slow.pause()
    const positions: string[] = []
    let most = 0
    let rounds = 0
    const looking = setInterval(() => (most = Math.max(most, buffered())), 20)
    // the sockets themselves hold some megabytes before anything waits in this process
    while (server.app.server.listening && (await connections()) > 1 && rounds++ < 60)
      positions.push(...(await storeLarge(25)))
    clearInterval(looking)
    await expect.poll(connections, { timeout: 5000 }).toBe(1)
    expect(most).toBeLessThan(1_048_576)
    await expect.poll(() => quick.received.length, { timeout: 10_000 }).toBe(positions.length)
    expect(quick.received.map(({ id }) => id)).toEqual(positions)
    slow.resume()
    await slow.ended()
    const got = slow.received.map(({ id }) => id)
    expect(got).toEqual(positions.slice(0, got.length))
    expect(got.length).toBeLessThan(positions.length)
    const again = await opened({ lastEventId: got.at(-1) })
    await expect.poll(() => again.received.length, { timeout: 10_000 }).toBe(positions.length - got.length)
    expect([...got, ...again.received.map(({ id }) => id)]).toEqual(positions)
  })

  it('for a while and then goes on gets everything in order', async () => {
    const pausing = await opened()
    const positions: string[] = []
    for (let round = 0; round < 6; round++) {
      pausing.pause()
      positions.push(...(await storeLarge(100)))
      pausing.resume()
      await expect.poll(() => pausing.received.length, { timeout: 10_000 }).toBe(positions.length)
    }
    expect(pausing.received.map(({ id }) => id)).toEqual(positions)
  })
})

const connections = (): Promise<number> =>
  new Promise((resolve, reject) => {
    server.app.server.getConnections((error, number) => (error === null ? resolve(number) : reject(error)))
  })

describe('a part that is away for a moment', () => {
  it.each([
    ['the database', new PlatformError('unavailable', 'the database cannot be reached')],
    ['the sight of permissions', new DomainError('unavailable', 'Permissions were changed.')],
  ])('delays and loses nothing: %s', async (_, error) => {
    const listening = await opened()
    const before = await storeLarge(25)
    await expect.poll(() => listening.received.length, { timeout: 10_000 }).toBe(before.length)
    away = error
    const meanwhile = await storeLarge(25)
    const joined = listening.received.length
    away = undefined
    await expect.poll(() => listening.received.length, { timeout: 10_000 }).toBe(before.length + meanwhile.length)
    expect(joined).toBe(before.length)
    expect(listening.received.map(({ id }) => id)).toEqual([...before, ...meanwhile])
  })
})

it('ends streams cleanly when the server drains, slow ones too, so that clients go on elsewhere', async () => {
  const other = await startLive()
  await other.send('CreateProject', { project: 'main' })
  await other.send('CreateRepository', { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' })
  const auditor = await other.account('aud', [['admin', 'system']])
  const [one, slow] = [await listen(other.url, { token: auditor }), await listen(other.url, { token: auditor })]
  slow.pause()
  for (let round = 0; round < 30; round++)
    await Promise.all(Array.from({ length: 50 }, (_, index) => store(other.send, 'files', `${round}/${index}`, LARGE)))
  await expect.poll(() => one.received.length, { timeout: 10_000 }).toBe(1500)
  const began = performance.now()
  await other.close()
  expect(performance.now() - began).toBeLessThan(5000)
  await one.ended()
  expect(one.comments.at(-1)).toBe('this server stops')
  slow.close()
})

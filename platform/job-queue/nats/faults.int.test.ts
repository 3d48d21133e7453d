import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTcpProxy } from '../../../test/tcp-proxy.ts'
import { type NatsServer, startNatsServer } from '../../../test/nats/nats-server.ts'
import type { WorkingPlan } from '../../../test/nats/working-process.ts'
import { type WorkingProcesses, workingProcesses } from '../../../test/nats/working-processes.ts'
import { quietLog, testDatabase, type TestDatabase } from '../../../test/postgres.ts'
import { need } from '../../../test/servers.ts'
import { systemClock } from '../../clock.ts'
import { migrate } from '../../database/migrations.ts'
import { newId } from '../../ids.ts'
import { leaseMigrations } from '../../leases/lease-migrations.ts'
import { openPostgresLeases } from '../../leases/postgres-leases.ts'
import type { JobQueue, NewJob, WorkPolicy } from '../job-queue.ts'
import { openNatsQueue } from './nats-queue.ts'

const nats = await need('nats-server')

const KIND = 'faulty'
const policy: WorkPolicy = { concurrency: 8, leaseMs: 10_000, attempts: 10, backoff: () => 20 }

let database: TestDatabase
let server: NatsServer
let queue: JobQueue
let prefix = ''
let processes: WorkingProcesses
const closing: (() => Promise<void>)[] = []

const serversOf = ({ url }: NatsServer): string[] => [url.replace('nats://', '')]

const openQueue = async (): Promise<JobQueue> => {
  const leases = openPostgresLeases(database.database.interactive, quietLog)
  const options = { servers: serversOf(server), prefix, leases, clock: systemClock, log: quietLog }
  const opened = await openNatsQueue(options)
  closing.unshift(async () => {
    await opened.close()
    await leases.close()
  })
  return opened
}

const jobs = (count: number, keys: number, data: object = {}): NewJob[] =>
  Array.from({ length: count }, (_, n) => ({ id: newId(), kind: KIND, key: `key-${n % keys}`, data: { ...data, n } }))

const plan = (ms: number): WorkingPlan => ({
  ...{ connection: database.connection, servers: serversOf(server), prefix, kind: KIND, ms },
})

/** What was begun for the first time, for each key, in the order in which it was. */
const firstsOf = (published: readonly NewJob[], begun: readonly { readonly id: string }[]): Map<string, string[]> => {
  const keys = new Map(published.map(({ id, key = '' }) => [id, key]))
  const firsts = new Map<string, string[]>()
  for (const id of new Set(begun.map(({ id: one }) => one))) {
    const key = keys.get(id) ?? ''
    firsts.set(key, [...(firsts.get(key) ?? []), id])
  }
  return firsts
}

const expectInOrder = (published: readonly NewJob[], begun: readonly { readonly id: string }[]): void =>
  expect(firstsOf(published, begun)).toEqual(firstsOf(published, published))

const leftOf = async (): Promise<number> => {
  const { ready, running, delayed } = await queue.counts(KIND)
  return ready + running + delayed
}

describe.skipIf(nats.missing)('the queue on NATS', () => {
  beforeAll(async () => {
    database = await testDatabase()
    await migrate(database.database.long, leaseMigrations)
  })
  beforeEach(async () => {
    server = await startNatsServer()
    prefix = `w${newId().slice(0, 8)}`
    processes = workingProcesses()
    queue = await openQueue()
  })
  afterEach(async () => {
    await processes.endAll()
    for (const close of closing.splice(0)) await close()
    await server.close()
  })
  afterAll(() => database.drop())

  it('is shared by three processes, and goes on in order when one of them is killed', async () => {
    const children = await Promise.all([1, 2, 3].map(() => processes.start(plan(10))))
    const published = jobs(1500, 60)
    await queue.publish(published)
    await expect.poll(() => new Set(processes.begun.map(({ pid }) => pid)).size, { timeout: 10_000 }).toBe(3)
    const [victim] = children
    const before = processes.begun.length
    victim?.kill('SIGKILL')
    await expect.poll(leftOf, { timeout: 40_000 }).toBe(0)
    expect(before).toBeLessThan(1400)
    expectInOrder(published, processes.begun)
    // at most what it had under way is done twice
    expect(processes.begun.length - published.length).toBeLessThanOrEqual(4)
  })

  it('gives the jobs of a killed process to the others within 5 s', async () => {
    const first = await processes.start(plan(5_000))
    const published = jobs(1, 1)
    await queue.publish(published)
    await expect.poll(() => processes.begun.length, { timeout: 10_000 }).toBe(1)
    await processes.start(plan(1))
    first.kill('SIGKILL')
    const killedAt = performance.now()
    await expect.poll(() => processes.begun.length, { timeout: 10_000, interval: 10 }).toBe(2)
    expect(performance.now() - killedAt).toBeLessThan(5_000)
    await expect.poll(leftOf, { timeout: 5_000 }).toBe(0)
  })

  it('moves to a process that comes, and back at once when it goes cleanly', async () => {
    const first = await processes.start(plan(1))
    const second = await processes.start(plan(1))
    const both = async (): Promise<number> => {
      processes.begun.at(-1)
      const from = processes.begun.length
      await queue.publish(jobs(64, 64))
      await expect.poll(leftOf, { timeout: 10_000 }).toBe(0)
      return new Set(processes.begun.slice(from).map(({ pid }) => pid)).size
    }
    await expect.poll(both, { timeout: 20_000 }).toBe(2)
    const gone = once(second, 'exit')
    second.kill('SIGTERM')
    await gone
    const from = processes.begun.length
    const began = performance.now()
    await queue.publish(jobs(64, 64))
    await expect.poll(leftOf, { timeout: 10_000 }).toBe(0)
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(new Set(processes.begun.slice(from).map(({ pid }) => pid))).toEqual(new Set([first.pid]))
  })

  it('lets what runs end when it is stopped in the middle of handing over', async () => {
    const many = { ...policy, concurrency: 64 }
    const begun: string[] = []
    const first = queue.work(KIND, many, async ({ id }) => {
      begun.push(id)
      await pause(1500)
      return { outcome: 'done' }
    })
    await queue.publish(jobs(64, 64))
    await expect.poll(() => begun.length, { timeout: 10_000 }).toBe(64)
    const other = await openQueue()
    other.work(KIND, many, ({ id }) => {
      begun.push(id)
      return Promise.resolve({ outcome: 'done' })
    })
    // it has been heard, and its share waits for what runs
    await pause(300)
    await first.stop(5000)
    await expect.poll(leftOf, { timeout: 10_000 }).toBe(0)
    expect(begun).toHaveLength(64)
  })

  it('goes on without a process that stands still, which begins nothing that is not its own when it wakes', async () => {
    const frozen = await processes.start(plan(20))
    const published = jobs(400, 20)
    await queue.publish(published)
    await expect.poll(() => processes.begun.length, { timeout: 10_000 }).toBeGreaterThan(20)
    frozen.kill('SIGSTOP')
    await processes.start(plan(5))
    await expect.poll(leftOf, { timeout: 30_000 }).toBe(0)
    frozen.kill('SIGCONT')
    const more = jobs(100, 20)
    await queue.publish(more)
    await expect.poll(leftOf, { timeout: 20_000 }).toBe(0)
    expectInOrder([...published, ...more], processes.begun)
    expect(processes.begun.length - published.length - more.length).toBeLessThanOrEqual(4)
  })

  it('knows after the death of a process how often a job was tried, and when it comes next', async () => {
    const first = await processes.start(plan(1))
    const published = jobs(1, 1, { fails: 4 })
    await queue.publish(published)
    await expect.poll(() => processes.begun.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
    first.kill('SIGKILL')
    await processes.start(plan(1))
    await expect.poll(leftOf, { timeout: 20_000 }).toBe(0)
    const attempts = processes.begun.map(({ attempt }) => attempt)
    expect(attempts.at(-1)).toBe(5)
    expect(attempts.length).toBeLessThanOrEqual(6)
  })

  it('gives up a job that ends every process that tries it', async () => {
    await queue.publish(jobs(1, 1, { kills: true }))
    for (let round = 0; round < 3; round++) {
      const child = await processes.start({ ...plan(20), attempts: 2 })
      await once(child, 'exit')
    }
    await processes.start({ ...plan(20), attempts: 2 })
    await expect.poll(() => queue.counts(KIND), { timeout: 15_000 }).toMatchObject({ ready: 0, running: 0, dead: 1 })
    expect(processes.begun.map(({ attempt }) => attempt)).toEqual([1, 1, 2])
  })

  it('keeps its jobs when the server is killed and comes back, and refuses some in between within 5 s', async () => {
    const { generation } = queue
    const done: string[] = []
    const published = jobs(300, 20)
    await queue.publish(published)
    queue.work(KIND, policy, async ({ id }) => {
      await pause(10)
      done.push(id)
      return { outcome: 'done' }
    })
    await expect.poll(() => done.length, { timeout: 10_000 }).toBeGreaterThan(20)
    await server.kill()
    const askedAt = performance.now()
    await expect(queue.publish(jobs(1, 1))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(queue.counts(KIND)).rejects.toMatchObject({ code: 'unavailable' })
    expect(performance.now() - askedAt).toBeLessThan(10_000)
    await server.start()
    const more = jobs(20, 20)
    await queue.publish(more)
    await expect.poll(leftOf, { timeout: 20_000 }).toBe(0)
    expect(new Set(done)).toEqual(new Set([...published, ...more].map(({ id }) => id)))
    expectInOrder(
      [...published, ...more],
      done.map((id) => ({ id })),
    )
    expect(queue.generation).toBe(generation)
  })

  it('takes a publish that falls into a short absence of the server', async () => {
    await server.kill()
    const publishing = queue.publish(jobs(10, 10))
    await server.start()
    await publishing
    expect(await leftOf()).toBe(10)
  })

  it('says that its jobs are gone when the server comes back empty, and takes them again', async () => {
    const generations: string[] = [queue.generation]
    queue.onGeneration((generation) => generations.push(generation))
    const other = await openQueue()
    const published = jobs(50, 10)
    await queue.publish(published)
    const done: string[] = []
    let held = true
    other.work(KIND, policy, async ({ id }) => {
      while (held) await pause(5)
      done.push(id)
      return { outcome: 'done' }
    })
    await expect.poll(async () => (await queue.counts(KIND)).running, { timeout: 10_000 }).toBeGreaterThan(0)
    await server.kill()
    await server.wipe()
    await server.start()
    await expect.poll(() => generations.length, { timeout: 10_000 }).toBe(2)
    expect(generations[1]).not.toBe(generations[0])
    expect(queue.generation).toBe(generations[1])
    await queue.publish(published)
    held = false
    await expect.poll(leftOf, { timeout: 20_000 }).toBe(0)
    expect(new Set(done)).toEqual(new Set(published.map(({ id }) => id)))
    expect(other.generation).toBe(queue.generation)
  })

  it('does not carry out what was taken out while its process was cut off from the server', async () => {
    const { hostname, port } = new URL(server.url)
    const proxy = await startTcpProxy(hostname, Number(port))
    closing.push(proxy.close)
    const child = await processes.start({ ...plan(1000), servers: [`${hostname}:${proxy.port}`] })
    const published = jobs(6, 1)
    await queue.publish(published)
    await expect.poll(() => processes.begun.length, { timeout: 10_000 }).toBe(1)
    child.kill('SIGSTOP')
    proxy.reset() // so that nobody can tell it
    for (const { id } of published.slice(2)) expect(await queue.cancel(KIND, id)).toBe(true)
    child.kill('SIGCONT')
    await expect.poll(leftOf, { timeout: 20_000 }).toBe(0)
    expect(new Set(processes.begun.map(({ id }) => id))).toEqual(new Set(published.slice(0, 2).map(({ id }) => id)))
  })

  it('is refused to open where there is no server', async () => {
    await server.kill()
    await expect(openQueue()).rejects.toMatchObject({ code: 'unavailable' })
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { quietLog, testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate } from '../database/migrations.ts'
import { leaseMigrations } from './lease-migrations.ts'
import { ASK_AGAIN_MS, LEASE_MS, type Leases } from './leases.ts'
import { openPostgresLeases } from './postgres-leases.ts'

let database: TestDatabase
const opened: Leases[] = []
const children: ChildProcess[] = []

beforeAll(async () => {
  database = await testDatabase()
  await migrate(database.database.long, leaseMigrations)
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(opened.splice(0).map((leases) => leases.close()))
  await database.database.interactive`delete from leases`
})

afterAll(() => database.drop())

const open = (): Leases => {
  const leases = openPostgresLeases(database.database.interactive, quietLog)
  opened.push(leases)
  return leases
}

const program = fileURLToPath(new URL('../../test/job-queue/leading-process.ts', import.meta.url))

/** Another process that leads when it can; `said` is what it has printed. */
const leadElsewhere = async (name: string): Promise<{ child: ChildProcess; said: () => string }> => {
  const child = spawn(process.execPath, [program, JSON.stringify(database.connection), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await expect.poll(() => text, { timeout: 20_000 }).toContain('ready')
  return { child, said: () => text }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted ? Promise.resolve() : once(signal, 'abort').then(() => undefined)

it('is taken by one, taken again by that one, and free once it is released', async () => {
  const [first, second] = [open(), open()]
  const lease = await first.take('a')
  expect(lease?.held).toBe(true)
  expect(await first.take('a')).toBe(lease)
  expect(await second.take('a')).toBeUndefined()
  expect(await second.take('b')).toBeDefined()
  await lease?.release()
  expect(lease?.held).toBe(false)
  expect(lease?.lost.aborted).toBe(false)
  expect(await second.take('a')).toBeDefined()
})

it('is kept for as long as its holder lives', async () => {
  const [first, second] = [open(), open()]
  const lease = await first.take('a')
  const end = performance.now() + 2 * LEASE_MS
  while (performance.now() < end) {
    expect(await second.take('a')).toBeUndefined()
    await pause(100)
  }
  expect(lease?.held).toBe(true)
})

it('never has two holders, however many want it', async () => {
  let holders = 0
  let turns = 0
  const race = async (leases: Leases): Promise<void> => {
    while (turns < 100) {
      const lease = await leases.take('a')
      if (lease === undefined) continue
      expect(++holders).toBe(1)
      await pause(1)
      turns += 1
      holders -= 1
      await lease.release()
    }
  }
  await Promise.all(Array.from({ length: 12 }, () => race(open())))
  expect(turns).toBeGreaterThanOrEqual(100)
})

it('is led by one of many at a time, and the next takes over at once when that one stops', async () => {
  let leading = 0
  let longest = 0
  const all = Array.from({ length: 5 }, () =>
    open().lead('a', async (signal) => {
      longest = Math.max(longest, ++leading)
      await untilAborted(signal)
      leading -= 1
    }),
  )
  for (let left = all.length; left > 0; left -= 1) {
    await expect.poll(() => all.filter(({ leads }) => leads).length, { timeout: 2 * ASK_AGAIN_MS }).toBe(1)
    const leader = all.findIndex(({ leads }) => leads)
    await all.splice(leader, 1)[0]?.stop()
  }
  expect([leading, longest]).toEqual([0, 1])
})

it('begins again after what it led has failed', async () => {
  let begun = 0
  const leading = open().lead('a', () => {
    begun += 1
    return Promise.reject(new Error('on purpose'))
  })
  await expect.poll(() => begun, { timeout: 5_000 }).toBeGreaterThanOrEqual(2)
  await leading.stop()
})

it('goes to the next within 5 s when the process of its holder is killed', async () => {
  const { child, said } = await leadElsewhere('a')
  await expect.poll(said, { timeout: 5_000 }).toContain('leads')
  const leading = open().lead('a', untilAborted)
  await pause(ASK_AGAIN_MS)
  expect(leading.leads).toBe(false)
  child.kill('SIGKILL')
  await expect.poll(() => leading.leads, { timeout: 5_000, interval: 20 }).toBe(true)
})

it('goes to the next within a second or so when the process of its holder ends cleanly', async () => {
  const { child, said } = await leadElsewhere('a')
  await expect.poll(said, { timeout: 5_000 }).toContain('leads')
  const leading = open().lead('a', untilAborted)
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
  await expect.poll(() => leading.leads, { timeout: ASK_AGAIN_MS + 300, interval: 20 }).toBe(true)
})

it('is lost by a holder that stood still, which learns it on waking', async () => {
  const { child, said } = await leadElsewhere('a')
  await expect.poll(said, { timeout: 5_000 }).toContain('leads')
  const leading = open().lead('a', untilAborted)
  child.kill('SIGSTOP')
  await expect.poll(() => leading.leads, { timeout: 5_000 }).toBe(true)
  child.kill('SIGCONT')
  await expect.poll(said, { timeout: 2_000 }).toContain('lost')
  expect(leading.leads).toBe(true)
})

it('is not held any more in the first moment after its process stood still', async () => {
  const lease = await open().take('a')
  expect(lease?.held).toBe(true)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEASE_MS + 50)
  expect(lease?.held).toBe(false)
  await expect.poll(() => lease?.lost.aborted).toBe(true)
})

it('is lost when the database refuses for longer than it lasts, and taken again when that is over', async () => {
  const leading = open().lead('a', untilAborted)
  await expect.poll(() => leading.leads).toBe(true)
  await database.database.interactive`alter table leases rename to away`
  await expect.poll(() => leading.leads, { timeout: LEASE_MS + 1_000 }).toBe(false)
  await database.database.interactive`alter table away rename to leases`
  await expect.poll(() => leading.leads, { timeout: LEASE_MS + 2_000 }).toBe(true)
})

it('is lost when the database does not answer, which a caller hears as unavailable', async () => {
  const leases = open()
  const lease = await leases.take('a')
  let letGo = (): void => undefined
  const locked = new Promise<void>((resolve) => (letGo = resolve))
  const lock = database.database.long.begin(async (transaction) => {
    await transaction`lock table leases in access exclusive mode`
    await locked
  })
  await expect.poll(() => lease?.lost.aborted, { timeout: LEASE_MS + 1_000 }).toBe(true)
  await expect(leases.take('b')).rejects.toMatchObject({ code: 'unavailable' })
  letGo()
  await lock
  await expect.poll(() => leases.take('c'), { timeout: 5_000 }).toBeDefined()
})

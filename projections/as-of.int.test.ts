import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../platform/database/migrations.ts'
import { END, START, type EventStore } from '../platform/event-store/event-store.ts'
import { openMemoryEventStore } from '../platform/event-store/memory.ts'
import { startTail } from '../platform/event-store/tail.ts'
import { quietLog, testDatabase, type TestDatabase } from '../test/postgres.ts'
import { appendAlone, rawVersion } from '../test/registry/raw-events.ts'
import { asOf, asOfInstant, isNow, type AsOfSource } from './as-of.ts'
import { buildMigrations } from './builds.ts'
import { logClock } from './log-clock/projection.ts'
import { instantAt, positionAt } from './log-clock/queries.ts'
import { rebuild } from './rebuild.ts'
import { LocalProgress } from './read-models.ts'

let test: TestDatabase

beforeAll(async () => {
  test = await testDatabase()
  await migrate(test.database.long, buildMigrations)
})
afterAll(() => test.drop())

const NOON = Date.UTC(2026, 2, 1, 12)
const instant = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString()

/** A log whose events happened so many seconds after noon, and its clock. */
const logAt = async (seconds: readonly number[], page = 1000): Promise<EventStore> => {
  const store = openMemoryEventStore()
  for (const second of seconds) {
    const event = rawVersion('a', '1.0.0')
    await appendAlone(store, { ...event, metadata: { ...(event.metadata as object), at: instant(second) } })
  }
  const paged: EventStore = { ...store, readAll: (after, limit) => store.readAll(after, Math.min(limit, page)) }
  await rebuild(test.database.long, paged, logClock)
  return store
}

const position = (number: number): string => String(number).padStart(20, '0')
const reached = async (seconds: number) => positionAt(test.database.interactive, instant(seconds))

describe('the clock of the log', () => {
  it('knows the position at an instant: before the first event, exactly at one, between two, after the last', async () => {
    await logAt([10, 20, 30])
    expect(await reached(9)).toBe(START)
    expect(await reached(10)).toBe(position(1))
    expect(await reached(15)).toBe(position(1))
    expect(await reached(20)).toBe(position(2))
    expect(await reached(29.999)).toBe(position(2))
    expect(await reached(30)).toBeUndefined()
  })

  it('has everything that happened in one millisecond', async () => {
    await logAt([10, 10, 10, 20])
    expect(await reached(10)).toBe(position(3))
  })

  it('never goes back where the clock of a machine did', async () => {
    await logAt([10, 30, 20, 25, 40])
    expect(await reached(20)).toBe(position(1))
    expect(await reached(30)).toBe(position(4))
    const instants = await Promise.all([1, 2, 3, 4, 5].map((at) => instantAt(test.database.interactive, position(at))))
    expect(instants).toEqual([10, 30, 30, 30, 40].map(instant))
    expect(await instantAt(test.database.interactive, START)).toBeUndefined()
  })

  it('gives for any log and instant the last position whose running maximum is not later, in whatever batches it came', async () => {
    const second = fc.integer({ min: 0, max: 30 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(second, { maxLength: 20 }),
        fc.array(second),
        fc.integer({ min: 1, max: 7 }),
        async (log, asked, page) => {
          await logAt(log, page)
          for (const at of asked) {
            const last = log.filter((_, index) => Math.max(...log.slice(0, index + 1)) <= at).length
            expect((await reached(at)) ?? position(log.length)).toBe(position(last))
          }
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('a bound for queries', () => {
  const source = async (
    seconds: readonly number[],
    now: number,
    upTo = END,
  ): Promise<AsOfSource & { stop(): Promise<void> }> => {
    const store = await logAt(seconds)
    const tail = await startTail(store, { log: quietLog })
    const stop = async () => {
      await tail.stop()
      await store.close()
    }
    const clock = { now: () => NOON + now * 1000 }
    return { sql: test.database.interactive, tail, progress: new LocalProgress(upTo), clock, stop }
  }

  it('is the position at the instant, and the head where nothing came after it', async () => {
    const at = await source([10, 20], 60)
    expect(await asOfInstant(at, instant(10))).toBe(position(1))
    expect(await asOfInstant(at, '2026-03-01T12:00:10Z')).toBe(position(1))
    expect(await asOfInstant(at, '2026-03-01T12:00:20.5Z')).toBe(position(2))
    expect(await asOfInstant(at, instant(60))).toBe(position(2))
    expect(await asOf(at, position(1))).toBe(position(1))
    expect(isNow(END) && !isNow(position(1))).toBe(true)
    await at.stop()
  })

  it('refuses the future, and what is no instant', async () => {
    const at = await source([10], 60)
    await expect(asOfInstant(at, instant(60.001))).rejects.toMatchObject({ code: 'future-instant' })
    for (const text of [
      '',
      'yesterday',
      '2026-03-01',
      '2026-03-01T12:00:00',
      '2026-03-01T12:00:00+01:00',
      '2026-02-30T12:00:00Z',
      '2026-02-28T99:00:00Z',
      '123',
    ])
      await expect(asOf(at, text)).rejects.toMatchObject({ code: 'invalid-input' })
    await at.stop()
  })

  it('is refused for now while the read models are behind the head', async () => {
    const at = await source([10, 20], 60, position(1))
    await expect(asOfInstant(at, instant(10))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await asOf(at, position(1))).toBe(position(1))
    await at.stop()
  })
})

import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { EventLog } from './event-log.ts'
import type { ProposedEvent } from './event-record.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-event-log-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const newEvent = (size = 10): ProposedEvent => ({
  id: randomUUID(),
  type: 'SampleHappened',
  contentType: 'application/json',
  data: Buffer.alloc(size, '7'),
  metadata: Buffer.from('{}'),
})

const openLog = (name: string): Promise<EventLog> => EventLog.open(join(folder, name), systemClock)

/** Position, stream, type and id of every event, and the bytes that a reader gets. */
const contentOf = (log: EventLog): unknown[] =>
  Array.from({ length: log.length }, (_, index) => [
    log.positionAt(index),
    log.streamNameAt(index),
    log.typeAt(index),
    log.idAt(index),
    log.answerAt(index).toString('base64'),
  ])

describe('a log that is opened again', () => {
  it('holds what was committed, and goes on behind it', async () => {
    const before = await openLog('again')
    before.write([{ stream: 'a-1', events: [newEvent(), newEvent()] }])
    before.skip()
    before.write([{ stream: 'Zoë 🚀', events: [newEvent()] }])
    await before.settled()
    const written = contentOf(before)
    const { nextPosition } = before
    await before.close()

    const after = await openLog('again')
    expect(contentOf(after)).toEqual(written)
    expect([after.committed, after.nextPosition]).toEqual([3, nextPosition])
    after.write([{ stream: 'a-1', events: [newEvent()] }])
    await after.close()

    const last = await openLog('again')
    expect(contentOf(last).slice(0, 3)).toEqual(written)
    expect(last.stream('a-1')?.events).toEqual([0, 1, 3])
    await last.close()
  })

  it('holds appends that are larger than what is read at once', async () => {
    const before = await openLog('large')
    for (const size of [5_000_000, 9_000_000, 10, 12_000_000]) {
      before.write([{ stream: 'a-1', events: [newEvent(size)] }])
    }
    await before.settled()
    const written = contentOf(before)
    await before.close()

    const after = await openLog('large')
    expect(contentOf(after)).toEqual(written)
    await after.close()
  })

  it('has each append whole or not at all, wherever the file was cut', async () => {
    const before = await openLog('whole')
    before.write([{ stream: 'a-1', events: [newEvent()] }])
    await before.settled()
    const { size: first } = await stat(join(folder, 'whole', 'log'))
    before.write([{ stream: 'a-1', events: [newEvent(), newEvent(), newEvent()] }])
    await before.close()
    const { size } = await stat(join(folder, 'whole', 'log'))

    for (const length of [0, 7, first - 1, first, first + 1, first + 16, size - 200, size - 1, size]) {
      await rm(join(folder, 'cut'), { recursive: true, force: true })
      await mkdir(join(folder, 'cut'))
      await copyFile(join(folder, 'whole', 'log'), join(folder, 'cut', 'log'))
      await truncate(join(folder, 'cut', 'log'), length)
      const cut = await openLog('cut')
      expect(cut.length).toBe(length < first ? 0 : length < size ? 1 : 4)

      cut.write([{ stream: 'b-1', events: [newEvent()] }])
      const content = contentOf(cut)
      await cut.close()
      const again = await openLog('cut')
      expect(contentOf(again)).toEqual(content)
      await again.close()
    }
  })
})

it('shows an event to readers when it is in the file', async () => {
  const log = await openLog('commit')
  const commits: number[] = []
  log.follow(() => commits.push(log.committed))
  log.write([{ stream: 'a-1', events: [newEvent(), newEvent()] }])
  expect([log.length, log.committed]).toEqual([2, 0])

  await log.settled()
  expect([log.committed, commits]).toEqual([2, [2]])
  const { size } = await stat(join(folder, 'commit', 'log'))
  expect(size).toBeGreaterThan(0)
  await log.close()
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { appendForSure, idsOf, newEvent, newEvents, newStream } from '../../test/contracts/event-store-samples.ts'
import { openTestEventStore, type PostgresEventStoreUnderTest } from '../../test/event-store/postgres.ts'
import { quietLog } from '../../test/postgres.ts'
import { type EventStore, NO_STREAM } from './event-store.ts'
import { startTail, type Tail } from './tail.ts'

let opened: PostgresEventStoreUnderTest
let elsewhere: EventStore
let tail: Tail

beforeAll(async () => {
  opened = await openTestEventStore()
  elsewhere = await opened.reopen()
  tail = await startTail(opened.store, { log: quietLog })
})

afterAll(async () => {
  await tail.stop()
  await elsewhere.close()
  await opened.close()
})

it('sees what another process appends without being asked', async () => {
  const delays: number[] = []
  for (let round = 0; round < 20; round += 1) {
    const { position } = await elsewhere.append(newStream(), [newEvent()], NO_STREAM)
    const start = performance.now()
    await expect.poll(() => tail.position >= position, { interval: 1, timeout: 5000 }).toBe(true)
    delays.push(performance.now() - start)
  }
  // The longest pause between two polls is 50 ms; a busy machine adds to it.
  expect(delays.toSorted((a, b) => a - b)[10]).toBeLessThan(150)
})

it('confirms what another process appended', async () => {
  for (let round = 0; round < 50; round += 1) {
    const { position } = await elsewhere.append(newStream(), [newEvent()], NO_STREAM)
    await tail.confirm()
    expect(tail.position >= position).toBe(true)
  }
})

it('hands every event once to listeners and followers, while connections break', async () => {
  const heard: string[] = []
  const followed: string[] = []
  const stop = new AbortController()
  const silence = tail.onEvents((events) => heard.push(...idsOf(events)))
  const following = (async () => {
    for await (const { events } of tail.follow(tail.position, { signal: stop.signal })) followed.push(...idsOf(events))
  })()
  const expected: string[] = []
  for (let round = 0; round < 60; round += 1) {
    const events = newEvents(3)
    if (round % 15 === 7) await opened.interrupt()
    await appendForSure(round % 2 === 0 ? opened.store : elsewhere, newStream(), events, NO_STREAM)
    expected.push(...idsOf(events))
  }
  await expect.poll(() => followed.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(expected.length)
  stop.abort()
  await following
  silence()
  expect(heard).toEqual(expected)
  expect(followed).toEqual(expected)
})

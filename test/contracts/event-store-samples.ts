import { randomUUID } from 'node:crypto'
import {
  type AppendResult,
  type Batch,
  type EventStore,
  type NewEvent,
  NO_STREAM,
  type Position,
  type RecordedEvent,
  type Subscription,
} from '../../platform/event-store/event-store.ts'
import { hasCode } from '../../platform/platform-error.ts'

/** A stream name that nobody else uses. */
export const newStream = (category = 'sample'): string => `${category}-${randomUUID()}`

export const newEvent = (over: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID(),
  type: 'SampleHappened',
  data: { name: 'left-pad', size: 1 },
  metadata: { at: '2026-11-24T12:00:00.000Z', actor: { kind: 'human', id: 'a1', via: 'password' } },
  ...over,
})

export const newEvents = (count: number): readonly NewEvent[] => Array.from({ length: count }, () => newEvent())

export const idsOf = (events: readonly NewEvent[]): readonly string[] => events.map(({ id }) => id)

/** Writes a stream of single-event appends; the results in order. */
export const written = async (
  store: EventStore,
  stream: string,
  events: readonly NewEvent[],
): Promise<readonly AppendResult[]> => {
  const results: AppendResult[] = []
  for (const [index, event] of events.entries()) results.push(await store.append(stream, [event], index - 1))
  return results
}

/** One stream of `count` events, appended at once. */
export const newLog = async (store: EventStore, count: number): Promise<readonly RecordedEvent[]> => {
  const stream = newStream()
  await store.append(stream, newEvents(count), NO_STREAM)
  return await store.readStream(stream)
}

/** The whole log after `after`, in pages of `limit`. */
export const readOn = async (store: EventStore, after: Position, limit = 1000): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  for (;;) {
    const page = await store.readAll(events.at(-1)?.position ?? after, limit)
    if (page.length === 0) return events
    events.push(...page)
  }
}

/** Takes batches until `enough`, for 20 s at most; leaves the subscription for good. */
export const collect = async (
  subscription: Subscription,
  stop: AbortController,
  enough: (events: readonly RecordedEvent[], batch: Batch) => boolean,
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  const limit = setTimeout(() => stop.abort(), 20_000)
  try {
    for await (const batch of subscription) {
      events.push(...batch.events)
      if (enough(events, batch)) return events
    }
    throw new Error(`the subscription ended after ${events.length} events`)
  } finally {
    clearTimeout(limit)
    stop.abort()
  }
}

/** The append of a caller that does not give up: again, as it was, while the outcome is unknown or the store is away. */
export const appendForSure = async (
  store: EventStore,
  stream: string,
  events: readonly NewEvent[],
  expected: number,
): Promise<AppendResult> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.append(stream, events, expected)
    } catch (error) {
      if (attempt === 20 || !(hasCode(error, 'unknown-outcome') || hasCode(error, 'unavailable'))) throw error
    }
  }
}

/** Runs the tasks, `width` of them at a time. */
export const inFlight = async (width: number, tasks: readonly (() => Promise<unknown>)[]): Promise<void> => {
  const waiting = tasks.values()
  const lane = async (): Promise<void> => {
    for (const task of waiting) await task()
  }
  await Promise.all(Array.from({ length: width }, lane))
}

/** Whether positions only ever rise. */
export const ascending = (events: readonly RecordedEvent[]): boolean =>
  events.every(({ position }, index) => index === 0 || position > (events[index - 1]?.position ?? ''))

import { setTimeout as delay } from 'node:timers/promises'
import {
  type EventStore,
  NO_STREAM,
  type Position,
  type RecordedEvent,
} from '../../platform/event-store/event-store.ts'
import { PlatformError } from '../../platform/platform-error.ts'
import { newEvent, newStream } from '../contracts/event-store-samples.ts'

/** Writers that go on while their server is killed, frozen and moved: what is refused they send again, as it was. */
export interface LastingWriters {
  /** Position by event id of all that was acknowledged, each event in a stream of its own. */
  readonly acknowledged: ReadonlyMap<string, Position>
  /** Codes of the refusals so far. */
  readonly refusals: readonly string[]
  /** Resolves when so many more appends than now are acknowledged; fails after 40 s. */
  goOn(appends: number): Promise<void>
  /** Resolves when every append that was begun is acknowledged; fails after 40 s. */
  stop(): Promise<void>
}

const PATIENCE_MS = 40_000
const PAUSE_MS = 20

export const startWriters = (store: EventStore, count: number): LastingWriters => {
  const acknowledged = new Map<string, Position>()
  const refusals: string[] = []
  let stopping = false

  const appendForSure = async (): Promise<void> => {
    const [stream, event, deadline] = [newStream(), newEvent(), performance.now() + PATIENCE_MS]
    for (;;) {
      try {
        const { position, revision } = await store.append(stream, [event], NO_STREAM)
        if (revision !== 0) throw new Error(`the first event of a stream got revision ${revision}`)
        acknowledged.set(event.id, position)
        return
      } catch (error) {
        if (!(error instanceof PlatformError) || !['unavailable', 'unknown-outcome'].includes(error.code)) throw error
        if (performance.now() > deadline) throw error
        refusals.push(error.code)
        await delay(PAUSE_MS)
      }
    }
  }
  const writer = async (): Promise<void> => {
    while (!stopping) await appendForSure()
  }
  const writing = Promise.all(Array.from({ length: count }, writer))
  writing.catch(() => (stopping = true)) // told by `stop`, and meanwhile by `goOn`

  return {
    acknowledged,
    refusals,
    async goOn(appends) {
      const wanted = acknowledged.size + appends
      const deadline = performance.now() + PATIENCE_MS
      while (acknowledged.size < wanted) {
        if (stopping) await writing
        if (performance.now() > deadline)
          throw new Error(`only ${acknowledged.size} of ${wanted} appends were acknowledged`)
        await delay(PAUSE_MS)
      }
    },
    async stop() {
      stopping = true
      await writing
    },
  }
}

export interface Follower {
  readonly events: readonly RecordedEvent[]
  /** Resolves when so many events were delivered and the head is confirmed; fails after 40 s. */
  until(count: number): Promise<readonly RecordedEvent[]>
}

/** Follows the log in the background. */
export const startFollower = (store: EventStore, after: Position): Follower => {
  const stop = new AbortController()
  const events: RecordedEvent[] = []
  let confirmedAt = 0
  const following = (async () => {
    for await (const batch of store.subscribeAll(after, { signal: stop.signal, batchSize: 100 })) {
      events.push(...batch.events)
      confirmedAt = batch.confirmedAt ?? confirmedAt
    }
  })()
  following.catch(() => undefined) // told by `until`
  return {
    events,
    async until(count) {
      const asked = performance.now()
      const deadline = asked + PATIENCE_MS
      try {
        while (events.length < count || confirmedAt < asked) {
          if (performance.now() > deadline) throw new Error(`${events.length} of ${count} events were delivered`)
          await Promise.race([following, delay(PAUSE_MS)])
        }
      } finally {
        stop.abort()
      }
      await following
      return events
    },
  }
}

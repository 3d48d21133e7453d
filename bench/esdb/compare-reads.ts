import {
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  type Position as ServerPosition,
} from '@eventstore/db-client'
import { type EventStore, NO_STREAM, type Position } from '../../platform/event-store/event-store.ts'
import { median } from '../append/order-statistics.ts'
import { sampleEvent, sampleStream } from '../append/sample-events.ts'
import { alternate } from '../load/alternate.ts'

export interface EsdbReadFigures {
  readonly how: string
  readonly storePerSecond: number
  readonly barePerSecond: number
  /** Of the medians. */
  readonly ratio: number
}

/** Reads what it adds first: `events` events. */
export const compareReads = async (
  store: EventStore,
  client: EventStoreDBClient,
  events: number,
  rounds: number,
): Promise<readonly EsdbReadFigures[]> => {
  const { position: start } = await store.append(sampleStream(), [sampleEvent()], NO_STREAM)
  for (let left = events; left > 0; left -= 500) {
    await store.append(sampleStream(), Array.from({ length: Math.min(left, 500) }, sampleEvent), NO_STREAM)
  }
  const head = await store.head()
  const stream = sampleStream()
  await store.append(stream, Array.from({ length: 10 }, sampleEvent), NO_STREAM)
  const figures: EsdbReadFigures[] = []
  const compare = async (how: string, ours: () => Promise<number>, bare: () => Promise<number>): Promise<void> => {
    const [storeRounds = [], bareRounds = []] = await alternate([ours, bare], rounds, async (side) => {
      const began = performance.now()
      return ((await side()) / (performance.now() - began)) * 1000
    })
    const [storePerSecond, barePerSecond] = [median(storeRounds), median(bareRounds)]
    figures.push({ how, storePerSecond, barePerSecond, ratio: storePerSecond / barePerSecond })
  }
  for (const limit of [500, 5000]) {
    await compare(
      `readAll, pages of ${limit}`,
      () => readPages(store, start, head, limit),
      () => readBarePages(client, start, head, limit),
    )
  }
  await compare(
    'subscribeAll, batches of 500',
    () => follow(store, start, head),
    () => followBare(client, start, head),
  )
  return figures
}

const readPages = async (store: EventStore, start: Position, head: Position, limit: number): Promise<number> => {
  let count = 0
  for (let after = start; after < head;) {
    const page = await store.readAll(after, limit)
    count += page.length
    after = page.at(-1)?.position ?? head
  }
  return count
}

const follow = async (store: EventStore, start: Position, head: Position): Promise<number> => {
  const stop = new AbortController()
  let count = 0
  for await (const { events, position } of store.subscribeAll(start, { signal: stop.signal, batchSize: 500 })) {
    count += events.length
    if (position >= head) stop.abort()
  }
  return count
}

const serverPosition = (position: Position): ServerPosition => ({ commit: BigInt(position), prepare: BigInt(position) })

const readBarePages = async (
  client: EventStoreDBClient,
  start: Position,
  head: Position,
  limit: number,
): Promise<number> => {
  let count = 0
  for (let [after, end] = [BigInt(start), BigInt(head)]; after < end;) {
    // The server begins with the event at the position itself.
    const reading = client.readAll({ fromPosition: { commit: after, prepare: after }, maxCount: limit + 1 })
    const page: AllStreamResolvedEvent[] = []
    for await (const resolved of reading) page.push(resolved)
    count += page.length - 1
    after = page.at(-1)?.event?.position.commit ?? end
  }
  return count
}

const followBare = async (client: EventStoreDBClient, start: Position, head: Position): Promise<number> => {
  const end = BigInt(head)
  let count = 0
  const subscription = client.subscribeToAll({ fromPosition: serverPosition(start) })
  for await (const { event } of subscription) {
    count += 1
    if ((event?.position.commit ?? 0n) >= end) break
  }
  await subscription.unsubscribe()
  return count
}

import type { Sql } from '../../platform/database/database.ts'
import { type EventStore, NO_STREAM, type Position, START } from '../../platform/event-store/event-store.ts'
import { alternate } from '../load/alternate.ts'
import { median } from './order-statistics.ts'
import { sampleEvent, sampleStream } from './sample-events.ts'

export interface ReadFigures {
  readonly how: string
  readonly storePerSecond: number
  readonly rowsPerSecond: number
  /** Of the medians. */
  readonly ratio: number
}

type Reader = (limit: number) => Promise<number>

/** Reads at least `events` events, which it adds first, from the start of the log to its head. */
export const compareReads = async (
  store: EventStore,
  sql: Sql,
  events: number,
  rounds: number,
): Promise<readonly ReadFigures[]> => {
  for (let left = events; left > 0; left -= 500) {
    await store.append(sampleStream(), Array.from({ length: Math.min(left, 500) }, sampleEvent), NO_STREAM)
  }
  const head = await store.head()
  const figures: ReadFigures[] = []
  const compare = async (how: string, limit: number, read: Reader): Promise<void> => {
    const sides = [read, (size: number) => readRows(sql, size)]
    const [ours = [], rows = []] = await alternate(sides, rounds, async (side) => {
      const start = performance.now()
      return ((await side(limit)) / (performance.now() - start)) * 1000
    })
    const [storePerSecond, rowsPerSecond] = [median(ours), median(rows)]
    figures.push({ how, storePerSecond, rowsPerSecond, ratio: storePerSecond / rowsPerSecond })
  }
  for (const limit of [500, 2000, 10_000])
    await compare(`readAll, pages of ${limit}`, limit, (size) => readPages(store, size))
  await compare('subscribeAll, batches of 500', 500, (size) => follow(store, head, size))
  return figures
}

const readPages = async (store: EventStore, limit: number): Promise<number> => {
  let count = 0
  for (let after = START; ;) {
    const page = await store.readAll(after, limit)
    if (page.length === 0) return count
    count += page.length
    after = page.at(-1)?.position ?? after
  }
}

const follow = async (store: EventStore, head: Position, batchSize: number): Promise<number> => {
  const stop = new AbortController()
  let count = 0
  for await (const { events, position } of store.subscribeAll(START, { signal: stop.signal, batchSize })) {
    count += events.length
    if (position >= head) stop.abort()
  }
  return count
}

/** The same columns as the driver hands them over, nothing parsed. */
const readRows = async (sql: Sql, limit: number): Promise<number> => {
  let count = 0
  for (let after = '0'; ;) {
    const rows = await sql<{ position: string }[]>`
      select position, revision, stream, type, id, convert_from(data, 'UTF8') as data,
             convert_from(metadata, 'UTF8') as metadata
      from event_store.events where position > ${after} order by position limit ${limit}`
    if (rows.length === 0) return count
    count += rows.length
    after = rows.at(-1)?.position ?? after
  }
}

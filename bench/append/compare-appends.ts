import type { Sql } from '../../platform/database/database.ts'
import { type EventStore, NO_STREAM } from '../../platform/event-store/event-store.ts'
import { alternate } from '../load/alternate.ts'
import { median, percentile } from './order-statistics.ts'
import { sampleEvent, sampleStream } from './sample-events.ts'

export interface AppendFigures {
  readonly inFlight: number
  readonly storePerSecond: number
  readonly barePerSecond: number
  /** Of the medians. */
  readonly ratio: number
  readonly p50Ms: number
  readonly p99Ms: number
}

interface Plan {
  readonly inFlight: number
  readonly count: number
  readonly rounds: number
}

/** The event store with `inFlight` callers that each wait for their append, and its function alone with flushes of as many. */
export const compareAppends = async (store: EventStore, sql: Sql, plan: Plan): Promise<AppendFigures> => {
  const { inFlight, count, rounds } = plan
  const latencies: number[] = []
  const sides = [{ prepare: () => storeAppends(store, plan, latencies) }, { prepare: () => bareAppends(sql, plan) }]
  await Promise.all(sides.map(async ({ prepare }) => await prepare()()))
  latencies.length = 0
  const [ours = [], bare = []] = await alternate(sides, rounds, async ({ prepare }) => {
    const run = prepare()
    collectGarbage()
    const start = performance.now()
    await run()
    return (count / (performance.now() - start)) * 1000
  })
  return {
    inFlight,
    storePerSecond: median(ours),
    barePerSecond: median(bare),
    ratio: median(ours) / median(bare),
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
  }
}

/** What a round was prepared with is moved out of the way of its garbage, on both sides. */
const collectGarbage = (): void => {
  if (globalThis.gc === undefined) throw new Error('this benchmark is run with --expose-gc, as npm run bench does')
  globalThis.gc()
}

const storeAppends = (store: EventStore, { inFlight, count }: Plan, latencies: number[]) => {
  const appends = Array.from({ length: count }, () => ({ stream: sampleStream(), events: [sampleEvent()] })).values()
  const caller = async (): Promise<void> => {
    for (const { stream, events } of appends) {
      const start = performance.now()
      await store.append(stream, events, NO_STREAM)
      latencies.push(performance.now() - start)
    }
  }
  return async () => {
    await Promise.all(Array.from({ length: inFlight }, caller))
  }
}

/** Its parameters are made before the clock starts: what is measured is the driver, the function and the commit. */
const bareAppends = (sql: Sql, { inFlight, count }: Plan) => {
  const flushes = Array.from({ length: Math.ceil(count / inFlight) }, (_, index) =>
    parametersOf(Math.min(inFlight, count - index * inFlight)),
  )
  return async () => {
    for (const [streams, expected, ones, requests, revisions, ids, types, data, metadata] of flushes) {
      await sql`select * from event_store.append(
        ${streams}::text[], ${expected}::int[], ${ones}::int[], ${requests}::int[], ${revisions}::int[], ${ids}::uuid[],
        ${types}::text[], ${data}, ${metadata})`.values()
    }
  }
}

type Parameters = [string, string, string, string, string, string, string, string, string]

const parametersOf = (count: number): Parameters => {
  const events = Array.from({ length: count }, sampleEvent)
  const list = (values: readonly (string | number)[]): string => `{${values.join(',')}}`
  return [
    list(events.map(sampleStream)),
    list(events.map(() => NO_STREAM)),
    list(events.map(() => 1)),
    list(events.map((_, index) => index + 1)),
    list(events.map(() => 0)),
    list(events.map(({ id }) => id)),
    list(events.map(({ type }) => type)),
    events.map(({ data }) => JSON.stringify(data)).join('\x1e'),
    events.map(({ metadata }) => JSON.stringify(metadata)).join('\x1e'),
  ]
}

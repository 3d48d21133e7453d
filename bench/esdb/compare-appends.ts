import { type EventStoreDBClient, jsonEvent, NO_STREAM as ABSENT } from '@eventstore/db-client'
import { type EventStore, NO_STREAM } from '../../platform/event-store/event-store.ts'
import { median, percentile } from '../append/order-statistics.ts'
import { sampleEvent, sampleStream } from '../append/sample-events.ts'
import { alternate } from '../load/alternate.ts'

export interface EsdbAppendFigures {
  readonly inFlight: number
  readonly storePerSecond: number
  readonly barePerSecond: number
  /** Of the medians. */
  readonly ratio: number
  readonly storeP50Ms: number
  readonly storeP99Ms: number
  readonly bareP50Ms: number
  readonly bareP99Ms: number
}

export interface EsdbAppendPlan {
  readonly inFlight: number
  readonly count: number
  readonly rounds: number
  /** Before the names of the bare client's streams. */
  readonly prefix: string
}

/** The event store and the bare client, each with `inFlight` callers that wait for their append. */
export const compareAppends = async (
  store: EventStore,
  client: EventStoreDBClient,
  { inFlight, count, rounds, prefix }: EsdbAppendPlan,
): Promise<EsdbAppendFigures> => {
  const storeSide = () => {
    const appends = Array.from({ length: count }, () => ({ stream: sampleStream(), events: [sampleEvent()] }))
    return appends.map(
      ({ stream, events }) =>
        () =>
          store.append(stream, events, NO_STREAM),
    )
  }
  const bareSide = () => {
    const appends = Array.from({ length: count }, () => {
      const { id, type, data, metadata } = sampleEvent()
      const event = jsonEvent({ id, type, data: data as object, metadata: metadata as object } as never)
      return { stream: prefix + sampleStream(), event }
    })
    return appends.map(
      ({ stream, event }) =>
        () =>
          client.appendToStream(stream, event, { expectedRevision: ABSENT }),
    )
  }
  const sides = [
    { tasks: storeSide, latencies: [] as number[] },
    { tasks: bareSide, latencies: [] as number[] },
  ]
  // Connected and compiled before anything is measured.
  for (const { tasks } of sides) await run(tasks(), inFlight, [])
  const [ours = [], bare = []] = await alternate(sides, rounds, async ({ tasks, latencies }) => {
    const made = tasks()
    const start = performance.now()
    await run(made, inFlight, latencies)
    return (count / (performance.now() - start)) * 1000
  })
  const [storeLatencies = [], bareLatencies = []] = sides.map(({ latencies }) => latencies)
  return {
    inFlight,
    storePerSecond: median(ours),
    barePerSecond: median(bare),
    ratio: median(ours) / median(bare),
    storeP50Ms: percentile(storeLatencies, 50),
    storeP99Ms: percentile(storeLatencies, 99),
    bareP50Ms: percentile(bareLatencies, 50),
    bareP99Ms: percentile(bareLatencies, 99),
  }
}

const run = async (
  tasks: readonly (() => Promise<unknown>)[],
  inFlight: number,
  latencies: number[],
): Promise<void> => {
  const waiting = tasks.values()
  const caller = async (): Promise<void> => {
    for (const task of waiting) {
      const start = performance.now()
      await task()
      latencies.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
}

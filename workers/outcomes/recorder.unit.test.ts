import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { START, type EventStore } from '../../platform/event-store/event-store.ts'
import { openMemoryEventStore } from '../../platform/event-store/memory.ts'
import { derivedId } from '../../platform/ids.ts'
import { PlatformError } from '../../platform/platform-error.ts'
import { MAX_RESULTS, type JobResult, type Outcomes } from './outcomes.ts'
import { outcomeRecorder } from './recorder.ts'

const outcomes: Outcomes = {
  lingerMs: 5,
  eventsOf: (results, batchId) => [
    {
      stream: `webhookDelivery-${batchId}`,
      events: [
        { type: 'WebhookEventsDelivered', data: { webhookId: 'w', deliveries: results.map(({ job }) => job.id) } },
      ],
    },
  ],
}

const resultOf = (number: number): JobResult => ({
  job: { id: derivedId('job', number), kind: 'test', key: undefined, data: {}, attempt: 1 },
  outcome: 'done',
})

const stores: EventStore[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

const opened = (
  failing: (appends: number) => PlatformError | undefined = () => undefined,
  reallyAppends = true,
  busy = false,
) => {
  const store = openMemoryEventStore()
  stores.push(store)
  let appends = 0
  const seen: { readonly stream: string; readonly ids: readonly string[] }[] = []
  const recorder = outcomeRecorder(
    {
      store: {
        ...store,
        append: async (stream, events, revision) => {
          seen.push({ stream, ids: events.map(({ id }) => id) })
          const failure = failing(++appends)
          const result =
            failure === undefined || reallyAppends ? await store.append(stream, events, revision) : undefined
          if (failure !== undefined || result === undefined) throw failure ?? new Error('nothing was appended')
          return result
        },
      },
      clock: systemClock,
      busy: () => busy,
    },
    'test',
    outcomes,
  )
  const deliveries = async () =>
    (await store.readAll(START, 1000)).map(({ data }) => (data as { deliveries: string[] }).deliveries)
  return { recorder, seen, deliveries }
}

describe('outcomes', () => {
  it('that come within a moment are one append, by Waybill itself', async () => {
    const { recorder, seen, deliveries } = opened()
    await Promise.all([1, 2, 3].map((number) => recorder.record(resultOf(number))))
    expect(await deliveries()).toEqual([[1, 2, 3].map((number) => derivedId('job', number))])
    expect(seen).toHaveLength(1)
  })

  it('of more jobs than fit into a batch are several', async () => {
    const { recorder, deliveries } = opened()
    await Promise.all(Array.from({ length: MAX_RESULTS + 1 }, (_, number) => recorder.record(resultOf(number))))
    expect((await deliveries()).map(({ length }) => length)).toEqual([MAX_RESULTS, 1])
  })

  it.each([
    ['few come', 2, false, 1],
    ['many come', 40, false, 2],
    ['requests come first', 2, true, 5],
  ])('wait for as many moments as is worth it where %s', async (_, count, busy, moments) => {
    vi.useFakeTimers()
    try {
      const { recorder, seen } = opened(undefined, true, busy)
      const recorded = Promise.all(Array.from({ length: count }, (_, number) => recorder.record(resultOf(number))))
      await vi.advanceTimersByTimeAsync(5 * moments - 1)
      expect(seen).toHaveLength(0)
      await vi.advanceTimersByTimeAsync(1)
      expect(seen).toHaveLength(1)
      await recorded
    } finally {
      vi.useRealTimers()
    }
  })

  it('are appended at once when the process ends', async () => {
    const { recorder, deliveries } = opened()
    const recorded = recorder.record(resultOf(1))
    await recorder.flush()
    await recorded
    expect(await deliveries()).toHaveLength(1)
  })

  it('whose append may or may not have happened are appended again with the same ids', async () => {
    const { recorder, seen, deliveries } = opened((appends) =>
      appends === 1 ? new PlatformError('unknown-outcome', 'no answer') : undefined,
    )
    await recorder.record(resultOf(1))
    expect(seen[1]).toEqual(seen[0])
    expect(await deliveries()).toHaveLength(1)
  })

  it('that cannot be appended are not taken for recorded, and the next ones are', async () => {
    const { recorder, deliveries } = opened(
      (appends) => (appends === 1 ? new PlatformError('invalid-append', 'too large') : undefined),
      false,
    )
    await expect(recorder.record(resultOf(1))).rejects.toThrow('too large')
    await recorder.record(resultOf(2))
    expect(await deliveries()).toEqual([[derivedId('job', 2)]])
  })
})

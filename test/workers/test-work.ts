import type { RecordedEvent } from '../../platform/event-store/event-store.ts'
import type { WorkPolicy } from '../../platform/job-queue/job-queue.ts'
import type { LoggedEvent, ProcessManager, WantedJob, Work } from '../../workers/work.ts'

/** Events as they are: those of these tests are in no catalogue. */
export const asItIs = (event: RecordedEvent): LoggedEvent => event as LoggedEvent

interface Data {
  readonly run: string
  readonly jobs?: readonly { readonly id: string; readonly lane: string; readonly key?: string }[]
  readonly lane: string
  readonly to: 'open' | 'held' | 'dropped'
  readonly deliveries: readonly string[]
}

/** Wants what `Wanted` says, and settles what the outcomes of `Done` are. Its state counts the events of its run. */
export const runManagerOf = (run: string, version = 1): ProcessManager => ({
  name: run,
  version,
  initialState: { events: 0 },
  react: (state, { type, data }) => {
    const { run: of, jobs = [], lane, to, deliveries } = data as Data
    if (type === 'WebhookEventsDelivered') return { state, settled: deliveries }
    if (of !== run) return { state }
    const next = { events: (state as { events: number }).events + 1 }
    if (type === 'Poison') throw new Error('it cannot be decided')
    if (type === 'Lane') return { state: next, lanes: new Map([[lane, to]]) }
    return {
      state: next,
      jobs: jobs.map((job): WantedJob => ({ ...job, kind: run, data: { lane: job.lane, key: job.key } })),
    }
  },
})

export const quick: WorkPolicy = { concurrency: 16, leaseMs: 5000, attempts: 1000, backoff: () => 20 }

/** Work whose outcomes are events of the log. */
export const workOf = (run: string, perform: Work['perform'], policy: WorkPolicy = quick): Work => ({
  kind: run,
  manager: runManagerOf(run),
  policy,
  perform,
  outcomes: {
    lingerMs: 2,
    eventsOf: (results, batchId) => {
      const deliveries = results.map(({ job }) => job.id)
      return [
        {
          stream: `webhookDelivery-${batchId}`,
          events: [{ type: 'WebhookEventsDelivered', data: { webhookId: run, deliveries } }],
        },
      ]
    },
  },
})

import type { Clock } from '../../platform/clock.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { newId } from '../../platform/ids.ts'
import { appendOutcomes } from './append-outcomes.ts'
import type { OutcomeClaims } from './claims.ts'
import { MAX_RESULTS, type JobResult, type Outcomes } from './outcomes.ts'

/** Remembers the outcomes of one kind of work as events, many in one append. */
export interface OutcomeRecorder {
  /**
   * Resolves when the outcome is in the log, once; where it was before, that is the one that counts.
   * @throws {PlatformError} it may not be: the job is to be carried out again
   */
  record(result: JobResult): Promise<void>
  /** Appends what waits without waiting for more. */
  flush(): Promise<void>
}

interface Waiting {
  readonly result: JobResult
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const LINGER_MS = 20
/** When so many have come within the linger, it is worth lingering as long again: a batch costs as much as these. */
const MANY_RESULTS = 32
/** So many lingers where requests come first: batches then take from them what they cost. */
const BUSY_LINGERS = 5

/** Batches are appended one after another: what comes while one is under way makes the next. */
export const outcomeRecorder = (
  dependencies: {
    readonly store: EventStore
    readonly clock: Clock
    /** Undefined: nobody else has the jobs of this process. */
    readonly claims?: OutcomeClaims | undefined
    /** Whether requests keep this process busy; default never. */
    readonly busy?: (() => boolean) | undefined
  },
  kind: string,
  { eventsOf, lingerMs = LINGER_MS }: Outcomes,
): OutcomeRecorder => {
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  /** How often the first of those that wait has lingered. */
  let lingered = 0
  let appending: Promise<void> = Promise.resolve()

  const append = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const own = newId()
      const all = batch.map(({ result }) => result)
      const claimed = (await dependencies.claims?.claim(own, all)) ?? new Map([[own, all]])
      for (const [batchId, results] of claimed)
        await appendOutcomes(dependencies, kind, batchId, eventsOf(results, batchId))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  const linger = (): void => {
    lingered += 1
    const most = dependencies.busy?.() === true ? BUSY_LINGERS : waiting.length < MANY_RESULTS ? 1 : 2
    if (lingered < most) timer = setTimeout(linger, lingerMs)
    else void flush()
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    lingered = 0
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_RESULTS)
      waiting = waiting.slice(MAX_RESULTS)
      appending = appending.then(() => append(batch))
    }
    return appending
  }

  return {
    record: (result) =>
      new Promise((resolve, reject) => {
        waiting.push({ result, resolve, reject })
        if (waiting.length >= MAX_RESULTS) void flush()
        else timer ??= setTimeout(linger, lingerMs)
      }),
    flush,
  }
}

import type { Job } from '../../platform/job-queue/job-queue.ts'
import type { DomainEvent } from '../../domain/event-type.ts'

/** A job that is over. */
export interface JobResult {
  readonly job: Pick<Job, 'id' | 'kind' | 'key' | 'data' | 'attempt'>
  /**
   * - `done`: carried out · `unsent`: there was nothing to do any more
   * - `dead`: nobody tries it any more
   */
  readonly outcome: 'done' | 'unsent' | 'dead'
  /** Why it is unsent or dead. */
  readonly reason?: string | undefined
  /** What `perform` gave with `done`. */
  readonly result?: unknown
}

/** Events for one stream that does not exist yet. */
export interface OutcomeEvents {
  readonly stream: string
  readonly events: readonly DomainEvent[]
  /** The request that began the story; default an id of its own. */
  readonly correlationId?: string
}

/** How one kind of work remembers outcomes. */
export interface Outcomes {
  /**
   * The events of a batch of at most `MAX_RESULTS`; results that lead to none are remembered nowhere. `batchId` is a new UUID for
   * each batch, the same when an append is repeated: streams are named by it.
   */
  readonly eventsOf: (results: readonly JobResult[], batchId: string) => readonly OutcomeEvents[]
  /**
   * How long the first result of a batch waits for others, in milliseconds, default 20: twice that where many come, five times while
   * requests keep the process busy. A key goes on after it.
   */
  readonly lingerMs?: number
}

/** Most results in one batch. */
export const MAX_RESULTS = 500

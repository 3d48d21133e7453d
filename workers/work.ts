import type { EventMetadata } from '../domain/metadata.ts'
import type { Job, JobOutcome, NewJob, WorkPolicy } from '../platform/job-queue/job-queue.ts'
import type { Position } from '../platform/event-store/event-store.ts'
import type { Outcomes } from './outcomes/outcomes.ts'

/** An event of the log in today's form, as process managers see it. */
export interface LoggedEvent {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly position: Position
  readonly data: unknown
  readonly metadata: EventMetadata
}

/** A job that follows from an event. The same event always leads to the same ids, which are UUIDs. */
export interface WantedJob extends NewJob {
  /**
   * Jobs of a lane share a place in the queue: only so many of them are in it at once, and the rest waits in the database, so
   * that a lane that does not get on costs the others nothing. A lane can be held and let go. All jobs of a key are in one lane.
   */
  readonly lane: string
}

/** What follows from one event. */
export interface Reaction<State> {
  /** The same object when nothing changed: the state is written only when it did. */
  readonly state: State
  readonly jobs?: readonly WantedJob[]
  /**
   * Ids of jobs whose outcome this event records: they are pending no more. One that is still in the queue is not taken out of
   * it, and may be carried out once more.
   */
  readonly settled?: readonly string[]
  /**
   * Lanes that get on or stand still from now on. Of a held one everything is taken out of the queue and stays pending; of a
   * dropped one nothing stays. They hold before the jobs of the same reaction.
   */
  readonly lanes?: ReadonlyMap<string, 'open' | 'held' | 'dropped'>
}

/**
 * Decides what is to be done because of what happened: pure, and led by one process at a time. Its state (a JSON value), the
 * pending jobs and the position up to which it has come are written in one transaction, so that a batch decided twice
 * changes nothing; started over from position 0, it comes to the same pending jobs, because outcomes are events too.
 */
export interface ProcessManager<State = unknown> {
  readonly name: string
  /** A higher version than the one stored starts over from position 0; a process with a lower one does not lead. */
  readonly version: number
  readonly initialState: State
  readonly react: (state: State, event: LoggedEvent) => Reaction<State>
}

/**
 * What became of a try, as the queue has it, and `unsent`: there was nothing to do any more; for the queue it is done. What
 * `done` carries as `result` is for the outcome events of the kind.
 */
export type WorkOutcome =
  | JobOutcome
  | { readonly outcome: 'done'; readonly result?: unknown }
  | { readonly outcome: 'unsent'; readonly reason: string }

/** One kind of work: a folder below `workers/` exports one. */
export interface Work {
  /** The kind of its jobs. */
  readonly kind: string
  readonly manager?: ProcessManager | undefined
  readonly policy: WorkPolicy
  /** Where it has lanes, `begin` is called when the time that it takes becomes the lane's: what it waits for before is nobody's fault. */
  readonly perform: (job: Job, begin: () => void) => Promise<WorkOutcome>
  /**
   * The lane of a job, so that lanes whose tries take long and fail leave the places of this process to the others. Undefined: jobs
   * begin as they come.
   */
  readonly laneOf?: ((job: Pick<Job, 'id' | 'key' | 'data'>) => string) | undefined
  /** How outcomes become events. Undefined: `perform` appends what is to be remembered by itself. */
  readonly outcomes?: Outcomes | undefined
}

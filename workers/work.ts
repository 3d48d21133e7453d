import type { EventMetadata } from '../domain/metadata.ts'
import type { Perform, WorkPolicy, NewJob } from '../platform/job-queue/job-queue.ts'
import type { Position } from '../platform/event-store/event-store.ts'

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

/** A job that follows from an event. The same event always leads to the same ids. */
export interface WantedJob extends NewJob {
  /**
   * Jobs of a lane share a place in the queue: only so many of them are in it at once, and the rest waits in the database, so
   * that a lane that does not get on costs the others nothing. A lane can be held and let go.
   */
  readonly lane: string
}

/** What follows from one event. */
export interface Reaction<State> {
  /** The same object when nothing changed: the state is written only when it did. */
  readonly state: State
  readonly jobs?: readonly WantedJob[]
  /** Ids of jobs whose outcome this event records: they are pending no more. */
  readonly settled?: readonly string[]
  /** Lanes that get on or stand still from now on. */
  readonly lanes?: ReadonlyMap<string, 'open' | 'held' | 'dropped'>
}

/**
 * Decides what is to be done because of what happened: pure, and led by one process at a time. Its state (a JSON value), the
 * pending jobs and the position up to which it has come are written in one transaction, so that a batch decided twice
 * changes nothing; started over from position 0, it comes to the same pending jobs, because outcomes are events too.
 */
export interface ProcessManager<State = unknown> {
  readonly name: string
  /** Another version than the one stored starts over from position 0. */
  readonly version: number
  readonly initialState: State
  readonly react: (state: State, event: LoggedEvent) => Reaction<State>
}

/** One kind of work: a folder below `workers/` exports one. */
export interface Work {
  /** The kind of its jobs. */
  readonly kind: string
  readonly manager?: ProcessManager | undefined
  readonly policy: WorkPolicy
  readonly perform: Perform
}

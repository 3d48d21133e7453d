import type { Position } from '../platform/event-store/event-store.ts'

/** The state of a stream and what the pipeline must know of its past. */
export interface Fold<State> {
  readonly state: State
  /** NO_STREAM when there is none. */
  readonly revision: number
  /** Position of the last event folded. */
  readonly position: Position
  /** The latest commands that wrote here, by id, with the position of their last event. */
  readonly done: ReadonlyMap<string, Position>
}

import type { DomainEvent } from './event-type.ts'

/** An aggregate as three pure functions: no clock, no I/O. */
export interface Decider<State, Command, Event extends DomainEvent> {
  readonly initialState: State
  /** The events that the command leads to; none when it is already so. Throws DomainError to refuse. */
  readonly decide: (command: Command, state: State) => readonly Event[]
  readonly evolve: (state: State, event: Event) => State
}

export const assertNever = (value: never): never => {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`)
}

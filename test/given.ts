import { expect } from 'vitest'
import type { Decider } from '../domain/decider.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { DomainEvent } from '../domain/event-type.ts'

interface Outcome<Event> {
  then(...events: readonly Event[]): void
  thenNothingHappened(): void
  thenRefused(code: ErrorCode): void
}

/** given(past events).when(command).then(new events): a decider's behaviour as sentences. */
export const scenarios =
  <State, Command, Event extends DomainEvent>({ initialState, evolve, decide }: Decider<State, Command, Event>) =>
  (...past: readonly Event[]): { when(command: Command): Outcome<Event> } => ({
    when: (command) => {
      const decided = (): readonly Event[] => decide(command, past.reduce(evolve, initialState))
      return {
        then: (...events) => expect(decided()).toEqual(events),
        thenNothingHappened: () => expect(decided()).toEqual([]),
        thenRefused: (code) => expect(decided).toThrow(expect.objectContaining({ code })),
      }
    },
  })

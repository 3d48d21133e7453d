/** The one source of time. Production passes `systemClock`; tests pass one they can move. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** RFC 3339 in UTC with milliseconds, the form of every `at` in events. */
export const instantOf = (clock: Clock): string => new Date(clock.now()).toISOString()

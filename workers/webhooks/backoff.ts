const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** After the first failed try, the second, ...; the last one for all that follow. */
const WAITS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR] as const

/** So that what failed together does not come back together. */
const JITTER = 0.2

/** How long after its first try a delivery is tried again: three days. */
export const TRIED_FOR_MS = 72 * HOUR

/** Receivers may ask for more time, not for ever. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR

/** Milliseconds from the given failed try (from 1) to the next, 20 % more or less. `random`: from 0 to 1. */
export const backoff = (attempt: number, random: () => number = Math.random): number => {
  const wait = WAITS[Math.min(attempt, WAITS.length) - 1] ?? 4 * HOUR
  return Math.round(wait * (1 + JITTER * (2 * random() - 1)))
}

/**
 * The instant that a Retry-After header names, in seconds or as an HTTP date (RFC 9110 section 10.2.3), at most a day from `now`.
 * Undefined: there is none that can be read.
 */
export const retryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  // An HTTP date begins with the day of the week: Date.parse takes much else.
  const at = /^\d{1,9}$/.test(text) ? now + Number(text) * SECOND : /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(at) || at <= now ? undefined : Math.min(at, now + LONGEST_RETRY_AFTER_MS)
}

/** When the next try comes: after the back-off, and not before the receiver wants it. */
export const nextTryAt = (attempt: number, now: number, header: string | undefined): number =>
  Math.max(now + backoff(attempt), retryAfter(header, now) ?? 0)

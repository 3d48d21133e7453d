import { wrongCall } from './failure.ts'

/** A place in the past: a position of the log, or an instant in the one form that can be compared as a text. */
export type Moment =
  | { readonly kind: 'position'; readonly position: string }
  /** RFC 3339, UTC, milliseconds. */
  | { readonly kind: 'instant'; readonly instant: string }

/** UTC with `Z`, at most milliseconds: what the read API takes too. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/

/** @throws {Failure} the call is wrong */
export const instantOf = (text: string): string => {
  const milliseconds = INSTANT.test(text) ? Date.parse(text) : NaN
  const normal = Number.isNaN(milliseconds) ? '' : new Date(milliseconds).toISOString()
  // of February 30 the parser makes March 2
  if (!normal.startsWith(text.slice(0, 19)) || normal === '')
    throw wrongCall(`${text} is not an instant like 2026-03-01T12:00:00Z`)
  return normal
}

/** @throws {Failure} the call is wrong */
export const positionOf = (text: string): string => {
  if (!/^\d{20}$/.test(text)) throw wrongCall(`${text} is not a position: 20 digits that Waybill gave out`)
  return text
}

/** @throws {Failure} the call is wrong */
export const momentOf = (text: string): Moment =>
  /^\d{20}$/.test(text) ? { kind: 'position', position: text } : { kind: 'instant', instant: instantOf(text) }

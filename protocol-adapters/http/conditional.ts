import type { IncomingHttpHeaders } from 'node:http'
import { matchesStrongly, matchesWeakly } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'

/** What the server holds now under the URL that was asked for. */
export interface Representation {
  /** A strong entity tag, with its quotes. */
  readonly etag: string
  readonly lastModified?: Date | undefined
}

export type Condition = 'proceed' | 'not-modified' | 'precondition-failed'

/** HTTP dates have whole seconds. */
const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000) * 1000

/** The If-Unmodified-Since or If-Modified-Since date, unless it or the other side of the comparison is unknown. */
const compare = (header: string | undefined, current: Representation | undefined): number | undefined => {
  const since = header === undefined ? undefined : parseHttpDate(header)
  if (since === undefined || current?.lastModified === undefined) return undefined
  return secondsOf(current.lastModified) - since
}

/**
 * Evaluates the preconditions of a request in the order of RFC 9110 section 13.2.2. `current` is undefined when there is
 * nothing under the URL, so that `If-None-Match: *` lets only a creation pass. Answer 304 to `not-modified`, 412 to
 * `precondition-failed`.
 */
export const evaluateConditions = (
  method: string,
  headers: IncomingHttpHeaders,
  current: Representation | undefined,
): Condition => {
  const reading = method === 'GET' || method === 'HEAD'
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']

  if (ifMatch !== undefined) {
    const holds = current && (ifMatch.trim() === '*' || matchesStrongly(ifMatch, current.etag))
    if (!holds) return 'precondition-failed'
  } else if ((compare(headers['if-unmodified-since'], current) ?? 0) > 0) {
    return 'precondition-failed'
  }

  if (ifNoneMatch !== undefined) {
    const fails = current && (ifNoneMatch.trim() === '*' || matchesWeakly(ifNoneMatch, current.etag))
    if (fails) return reading ? 'not-modified' : 'precondition-failed'
  } else if (reading && (compare(headers['if-modified-since'], current) ?? 1) <= 0) {
    return 'not-modified'
  }
  return 'proceed'
}

import type { IncomingHttpHeaders } from 'node:http'
import type { ByteRange } from '../../platform/blob-store/blob-store.ts'
import type { Representation } from './conditional.ts'
import { matchesStrongly } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'

/** `unsatisfiable`: answer 416 with `Content-Range: bytes * /size` (without the space). */
export type RequestedRange = ByteRange | 'whole' | 'unsatisfiable'

const single = /^bytes=\s*(\d*)-(\d*)\s*$/i

const parseRange = (header: string, size: number): RequestedRange => {
  const [, first = '', last = ''] = single.exec(header) ?? []
  // Another unit, several ranges or nonsense: a server may ignore any Range (RFC 9110 section 14.2).
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const suffix = Number(last)
    return suffix === 0 ? 'unsatisfiable' : { start: Math.max(0, size - suffix), end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return 'whole' // an invalid range, not an unsatisfiable one (section 14.1.1)
  return start >= size ? 'unsatisfiable' : { start, end }
}

/**
 * Whether If-Range lets the range apply (RFC 9110 section 13.1.5): a strong tag that is the current one, or exactly the
 * date of Last-Modified.
 */
const ifRangeHolds = (ifRange: string, current: Representation): boolean => {
  if (ifRange.includes('"')) return matchesStrongly(ifRange, current.etag)
  const date = parseHttpDate(ifRange)
  return (
    date !== undefined && current.lastModified !== undefined && Math.floor(+current.lastModified / 1000) * 1000 === date
  )
}

/**
 * The part of a representation of `size` bytes that a GET asks for (RFC 9110 section 14); several ranges at once are answered
 * with the whole. Evaluate the other conditions first (section 13.2.2).
 */
export const requestedRange = (headers: IncomingHttpHeaders, size: number, current: Representation): RequestedRange => {
  const { range, 'if-range': ifRange } = headers
  // Some clients ask for a range of everything; no range of nothing can be answered, and an empty body answers them all.
  if (range === undefined || size === 0) return 'whole'
  if (ifRange !== undefined && !ifRangeHolds(Array.isArray(ifRange) ? '' : ifRange, current)) return 'whole'
  return parseRange(range, size)
}

import { DomainError } from '../../errors.ts'

const MAX_PATH_BYTES = 1024
/** What file systems take for one name, so that a tree can be downloaded as it is. */
const MAX_SEGMENT_BYTES = 255
/** Each folder above a file is a stream that a command asks. */
const MAX_SEGMENTS = 64

const refuse = (reason: string): never => {
  throw new DomainError('invalid-input', `The path ${reason}.`)
}

/**
 * The path of a file as it is kept: at most 64 segments joined by `/`, none empty, `.` or `..` or longer than 255 bytes, no
 * control characters or backslashes, Unicode NFC (so that the same name typed on two systems is the same file), at most
 * 1,024 bytes of UTF-8.
 * @throws {DomainError} `invalid-input`
 */
export const filePath = (decoded: string): string => {
  const path = decoded.normalize('NFC')
  if (path === '') return refuse('is empty')
  if (!path.isWellFormed()) return refuse('is not valid Unicode')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return refuse(`is longer than ${MAX_PATH_BYTES} bytes`)
  if (/[\p{Cc}\u2028\u2029\\]/u.test(path)) return refuse('has a control character or a backslash')
  const segments = path.split('/')
  if (segments.length > MAX_SEGMENTS) return refuse(`has more than ${MAX_SEGMENTS} segments`)
  for (const segment of segments) {
    if (segment === '') return refuse('has an empty segment')
    if (segment === '.' || segment === '..') return refuse('has a . or .. segment')
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      return refuse(`has a segment longer than ${MAX_SEGMENT_BYTES} bytes`)
  }
  return path
}

/** The folders above a file, nearest last: `a/b/c` → `a`, `a/b`. */
export const foldersOf = (path: string): string[] => {
  const segments = path.split('/')
  return segments.slice(0, -1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

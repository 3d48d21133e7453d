import { DomainError } from '../../errors.ts'

const MAX_PATH_BYTES = 1024

const refuse = (reason: string): never => {
  throw new DomainError('invalid-input', `The path ${reason}.`)
}

/**
 * The path of a file as it is kept: segments joined by `/`, none empty, `.` or `..`, no control characters or backslashes,
 * Unicode NFC (so that the same name typed on two systems is the same file), at most 1,024 bytes of UTF-8.
 * @throws {DomainError} `invalid-input`
 */
export const filePath = (decoded: string): string => {
  const path = decoded.normalize('NFC')
  if (path === '') return refuse('is empty')
  if (!path.isWellFormed()) return refuse('is not valid Unicode')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return refuse(`is longer than ${MAX_PATH_BYTES} bytes`)
  // eslint-disable-next-line no-control-regex -- control characters are exactly what must be found
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return refuse('has a control character or a backslash')
  for (const segment of path.split('/')) {
    if (segment === '') return refuse('has an empty segment')
    if (segment === '.' || segment === '..') return refuse('has a . or .. segment')
  }
  return path
}

/** The folders above a file, nearest last: `a/b/c` → `a`, `a/b`. */
export const foldersOf = (path: string): string[] => {
  const segments = path.split('/')
  return segments.slice(0, -1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

import { DomainError } from '../domain/errors.ts'

/** The key of a row in its order, e.g. project and repository. */
export type Key = readonly string[]

/** An opaque cursor: which list it is of, and the key of the row it stands at. */
export const cursorOf = (list: string, key: Key): string =>
  Buffer.from(JSON.stringify([list, ...key])).toString('base64url')

const partsOf = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined // not one of ours: refused below
  }
}

/**
 * The key that a cursor of this list stands at.
 * @throws {DomainError} `invalid-input`
 */
export const keyIn = (list: string, length: number, cursor: string): Key => {
  const parts = partsOf(cursor)
  if (!Array.isArray(parts) || parts.length !== length + 1 || parts[0] !== list || !parts.every(isText))
    throw new DomainError('invalid-input', 'The cursor in "after" is not one that this list gave out.')
  return parts.slice(1) as string[]
}

const isText = (part: unknown): part is string => typeof part === 'string'

import { DomainError } from '../domain/errors.ts'

/** The key of a row in its order, e.g. project and repository. */
export type Key = readonly string[]

/** How a list tells where a page ended. */
export interface Cursors {
  readonly cursorOf: (key: Key) => string
  /** @throws {DomainError} `invalid-input`: it is not a cursor of this list */
  readonly keyOf: (cursor: string) => Key
}

const refuse = (): never => {
  throw new DomainError('invalid-input', 'The cursor in "after" is not one that this list gave out.')
}

const partsOf = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined // not one of ours: refused by the caller
  }
}

const isText = (part: unknown): part is string => typeof part === 'string'

/** Cursors that hold the key of the row they stand at, and the name of the list, so that those of another are refused. */
export const opaqueCursors = (list: string, keyLength: number): Cursors => ({
  cursorOf: (key) => Buffer.from(JSON.stringify([list, ...key])).toString('base64url'),
  keyOf: (cursor) => {
    const parts = partsOf(cursor)
    if (!Array.isArray(parts) || !parts.every(isText)) return refuse()
    return parts.length === keyLength + 1 && parts[0] === list ? parts.slice(1) : refuse()
  },
})

/** For lists of the log: any position that Waybill gave out is a cursor. */
export const positionCursors: Cursors = {
  cursorOf: ([position = '']) => position,
  keyOf: (cursor) => (/^\d{20}$/.test(cursor) ? [cursor] : refuse()),
}

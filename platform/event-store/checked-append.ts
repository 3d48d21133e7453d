import { PlatformError } from '../platform-error.ts'
import { MAX_APPEND_BYTES, NO_STREAM, type NewEvent } from './event-store.ts'

/** An event as it is stored: the id in lower case, data and metadata as JSON text. */
export interface WrittenEvent {
  readonly id: string
  readonly type: string
  readonly data: string
  readonly metadata: string
}

/** An append that keeps every rule of the port. */
export interface CheckedAppend {
  readonly stream: string
  readonly expected: number
  readonly events: readonly WrittenEvent[]
  /** Characters of data and metadata together. */
  readonly size: number
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** U+0000 or half a pair, be it beside its other half: what names almost never hold, found in one go. */
const SUSPECT = /[\0\ud800-\udfff]/
const NIL = '00000000-0000-0000-0000-000000000000'

/**
 * Checks an append before anything is sent, the same for every adapter, and serialises it once.
 *
 * The rules are the strictest of the adapters (EventStoreDB breaks its connection on some of them, Postgres stores no
 * U+0000 in names). The limit on data bytes holds for metadata bytes too, on their own.
 * @throws {PlatformError} `invalid-append`
 */
export const checkedAppend = (stream: string, events: readonly NewEvent[], expected: number): CheckedAppend => {
  checkName('stream', stream)
  if (!Number.isSafeInteger(expected) || expected < NO_STREAM) {
    throw invalid(`expected revision ${expected} is neither NO_STREAM nor a revision`)
  }
  if (events.length === 0) throw invalid(`an append to ${stream} holds no event`)
  const written = events.map(writtenEvent)
  const size = checkSize('data', written) + checkSize('metadata', written)
  return { stream, expected, events: written, size }
}

const writtenEvent = ({ id, type, data, metadata }: NewEvent): WrittenEvent => {
  checkName('event type', type)
  // EventStoreDB takes them for its own: they would never be seen again
  if (type.startsWith('$')) throw invalid(`the event type ${type} begins with $, as EventStoreDB's own do`)
  return { id: idOf(id), type, data: jsonOf('data', type, data), metadata: jsonOf('metadata', type, metadata) }
}

const idOf = (id: string): string => {
  if (typeof id === 'string' && id !== NIL) {
    if (UUID.test(id)) return id
    const lower = id.toLowerCase()
    if (UUID.test(lower)) return lower
  }
  throw invalid(`event id ${JSON.stringify(id)} is not a UUID`)
}

const checkName = (what: string, name: string): void => {
  if (typeof name !== 'string' || name === '') throw invalid(`the ${what} is empty`)
  if (SUSPECT.test(name) && (name.includes('\0') || !name.isWellFormed())) {
    throw invalid(`the ${what} ${JSON.stringify(name)} holds U+0000 or half a surrogate pair`)
  }
}

/** As it is: undefined for undefined, a function or a symbol. */
const stringify: (value: unknown) => string | undefined = JSON.stringify

const jsonOf = (what: string, type: string, value: unknown): string => {
  let text: string | undefined
  try {
    text = stringify(value)
  } catch (cause) {
    throw invalid(`the ${what} of a ${type} cannot be written as JSON`, { cause })
  }
  if (text === undefined) throw invalid(`the ${what} of a ${type} is not a JSON value`)
  return text
}

/** A character of UTF-16 is at most 3 bytes of UTF-8: only what may be too large is counted exactly. */
const checkSize = (part: 'data' | 'metadata', events: readonly WrittenEvent[]): number => {
  let characters = 0
  for (const event of events) characters += event[part].length
  if (characters * 3 <= MAX_APPEND_BYTES) return characters
  let bytes = 0
  for (const event of events) bytes += Buffer.byteLength(event[part])
  if (bytes <= MAX_APPEND_BYTES) return characters
  throw invalid(`an append holds ${bytes} bytes of ${part}, at most ${MAX_APPEND_BYTES} are allowed`)
}

const invalid = (message: string, options?: ErrorOptions): PlatformError =>
  new PlatformError('invalid-append', message, options)

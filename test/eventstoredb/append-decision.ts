import type { Expected } from './expected-revision.ts'
import type { KnownId } from './known-ids.ts'

export interface StreamView {
  /** -1: nothing was ever written. */
  readonly head: number
  readonly softDeleted: boolean
  readonly tombstoned: boolean
  idAt(revision: number): string
  /** Of the ids written lately, the entry of one in this stream. */
  known(id: string): KnownId | undefined
}

export type Decision =
  | { readonly kind: 'write' }
  /** Written before; the revision of the last of its events. */
  | { readonly kind: 'repeat'; readonly revision: number }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'deleted' }

const WRITE: Decision = { kind: 'write' }
const CONFLICT: Decision = { kind: 'conflict' }
const DELETED: Decision = { kind: 'deleted' }

/**
 * Whether an append is written, a repeat of one that was, or refused. Only ids are compared, never data. With the head as
 * the expected revision not even ids are: such a repeat is written twice, as on the server.
 */
export const decideAppend = (stream: StreamView, ids: readonly string[], expected: Expected): Decision => {
  if (stream.tombstoned) return DELETED
  if (expected === 'any') return decideByKnownIds(stream, ids)
  if (expected === 'stream-exists') {
    if (stream.softDeleted) return DELETED
    return stream.head < 0 ? CONFLICT : decideByKnownIds(stream, ids)
  }
  const revision = expected === 'no-stream' ? -1n : expected
  if (revision === BigInt(stream.head)) return WRITE
  return revision < BigInt(stream.head) ? decideByLog(stream, ids, Number(revision)) : CONFLICT
}

/** An id that is not known as the first one means new, whatever the others are; later it means conflict. */
const decideByKnownIds = (stream: StreamView, ids: readonly string[]): Decision => {
  let revision = -1
  for (const [index, id] of ids.entries()) {
    const known = stream.known(id)
    if (known === undefined) return index === 0 ? WRITE : CONFLICT
    revision = known.revision
  }
  return ids.length === 0 ? WRITE : { kind: 'repeat', revision }
}

const decideByLog = (stream: StreamView, ids: readonly string[], expected: number): Decision => {
  const different = ids.findIndex((id, index) => {
    const revision = expected + 1 + index
    return revision > stream.head || stream.idAt(revision) !== id
  })
  if (different === 0 && expected === -1 && stream.softDeleted) return WRITE
  return different >= 0 || ids.length === 0 ? CONFLICT : { kind: 'repeat', revision: expected + ids.length }
}

/** What the double knows of one stream. */
export interface StreamState {
  readonly name: string
  /** The stream's number in the log's index. */
  readonly number: number
  /** Index in the log of each revision, from 0 on. */
  readonly events: number[]
  /** What `$metadata` of `$$<name>` holds, as it was written. */
  metadata: Readonly<Record<string, unknown>>
  tombstoned: boolean
}

/** `$tb` of a soft-deleted stream: 2^63 - 1, which JSON.parse rounds up. */
const DELETED_BEFORE = 2 ** 63

/** The metadata that a soft delete writes; as text, because a number cannot hold 2^63 - 1. */
export const softDeletedMetadata = (metadata: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ ...metadata, $tb: 0 }).replace('"$tb":0', '"$tb":9223372036854775807')

export const headOf = (stream: StreamState | undefined): number => (stream?.events.length ?? 0) - 1

export const isSoftDeleted = (stream: StreamState | undefined): boolean =>
  stream !== undefined && numberIn(stream.metadata.$tb) >= DELETED_BEFORE

/** Revisions below it are hidden from reads of the stream by `$tb` or `$maxCount`. */
export const firstVisible = (stream: StreamState, head = headOf(stream)): number => {
  const { $tb, $maxCount } = stream.metadata
  return Math.max(numberIn($tb), $maxCount === undefined ? 0 : head + 1 - numberIn($maxCount))
}

const numberIn = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** The stream whose metadata a `$$` stream holds. */
export const describedBy = (name: string): string | undefined => (name.startsWith('$$') ? name.slice(2) : undefined)

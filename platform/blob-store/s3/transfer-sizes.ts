/** How bytes are cut for S3. */
export interface TransferSizes {
  /** What arrives whole within this many bytes is sent in one request, to its own key. */
  readonly held: number
  /** Bytes of a part; S3 takes no smaller one than 5 MiB, except the last. */
  readonly part: number
  /** Above this many bytes the server is asked to copy in pieces of this size, several at once: no single request takes long then. */
  readonly copied: number
}

const MIB = 1024 * 1024

export const DEFAULT_SIZES: TransferSizes = { held: 8 * MIB, part: 8 * MIB, copied: 256 * MIB }

/** Parts that one upload has on their way at once. */
export const PARTS_AT_ONCE = 3

/** And that all uploads of a store have: with the default sizes 128 MiB of memory, whatever comes. */
export const ALL_PARTS_AT_ONCE = 16

/** S3's own limit for an upload. */
const MOST_PARTS = 10_000

/** The first half of the parts is small, so that most uploads need little memory; the second makes an upload of 195 GiB possible. */
const GROWTH = 4

/** Bytes of the part with this number, counted from 1; undefined when there can be no further one. */
export const partSize = (number: number, { part }: TransferSizes): number | undefined => {
  if (number > MOST_PARTS) return undefined
  return number <= MOST_PARTS / 2 ? part : GROWTH * part
}

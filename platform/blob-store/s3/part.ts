import { createHash } from 'node:crypto'

/** The bytes of one request while they come in. */
export interface Part {
  readonly size: number
  readonly room: number
  add(chunk: Uint8Array): void
  /** All of them, with their SHA-256 in hex; call it once. */
  finish(): { readonly bytes: Uint8Array; readonly sha256: string }
}

/** @param most Bytes that it has room for. */
export const startPart = (most: number): Part => {
  // Copied into one piece at once, not kept as chunks until it is full: those would need the memory twice.
  const bytes = Buffer.allocUnsafeSlow(most)
  // Hashed as it comes, because a whole part at once would keep the event loop for several milliseconds.
  const hash = createHash('sha256')
  let size = 0
  return {
    get size() {
      return size
    },
    get room() {
      return most - size
    },
    add: (chunk) => {
      bytes.set(chunk, size)
      hash.update(chunk)
      size += chunk.length
    },
    finish: () => ({ bytes: bytes.subarray(0, size), sha256: hash.digest('hex') }),
  }
}

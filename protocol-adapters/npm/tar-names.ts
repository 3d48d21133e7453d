const BLOCK = 512
const REGULAR = new Set([0x30, 0]) // '0', and NUL of tars before 1988

/** The text of a header field, up to its NUL. */
const field = (header: Buffer, start: number, length: number): string => {
  const end = header.indexOf(0, start)
  return header.toString('latin1', start, end < start || end > start + length ? start + length : end)
}

/**
 * Reads the headers of a tar that arrives in pieces, and nothing of its files (POSIX.1-1988 ustar, as npm writes it). Long
 * names are in extended headers, which are passed over: what is looked for here has a short name.
 */
export class TarNames {
  fileCount = 0
  /** Bytes. */
  unpackedSize = 0
  hasShrinkwrap = false

  #header: Buffer = Buffer.alloc(0)
  /** Bytes of the file at hand, with its padding, that are still to come. */
  #left = 0

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      const passed = Math.min(this.#left, chunk.length - at)
      this.#left -= passed
      at += passed
      if (at === chunk.length) return
      const taken = chunk.subarray(at, at + BLOCK - this.#header.length)
      at += taken.length
      this.#header = this.#header.length === 0 ? taken : Buffer.concat([this.#header, taken])
      if (this.#header.length < BLOCK) {
        this.#header = Buffer.from(this.#header)
        return
      }
      this.#read(this.#header)
      this.#header = Buffer.alloc(0)
    }
  }

  #read(header: Buffer): void {
    const size = Number.parseInt(field(header, 124, 12), 8)
    if (Number.isNaN(size)) return // the end, or no tar
    this.#left = Math.ceil(size / BLOCK) * BLOCK
    if (!REGULAR.has(header[156] ?? 0)) return
    this.fileCount++
    this.unpackedSize += size
    // the folder at the top is `package` by custom only
    if (/^[^/]+\/npm-shrinkwrap\.json$/.test(field(header, 0, 100)) && field(header, 345, 155) === '')
      this.hasShrinkwrap = true
  }
}

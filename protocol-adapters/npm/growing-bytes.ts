import { isUtf8 } from 'node:buffer'
import { PublishBodyError } from './publish-body-error.ts'

const FIRST_SIZE = 16 * 1024

/**
 * Bytes collected from a stream up to a limit. They are copied: holding on to the chunks would let a sender of one-byte
 * chunks take a hundred times the limit, and keep 64 KiB alive for every brace between two attachments.
 */
export class GrowingBytes {
  readonly #limit: number
  #bytes = Buffer.allocUnsafe(FIRST_SIZE)
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#length
  }

  /** @throws {PublishBodyError} `document-too-large` */
  append(chunk: Buffer, from: number, to: number): void {
    const length = this.#length + to - from
    if (length > this.#limit) throw new PublishBodyError('document-too-large')
    if (length > this.#bytes.length) this.#grow(length)
    chunk.copy(this.#bytes, this.#length, from, to)
    this.#length = length
  }

  /** The bytes from `start` to `end` as UTF-8; a wrong sequence is replaced. */
  slice(start: number, end: number): string {
    return this.#bytes.toString('utf8', start, end)
  }

  /** @throws {PublishBodyError} `invalid-utf8` */
  text(): string {
    const bytes = this.#bytes.subarray(0, this.#length)
    if (!isUtf8(bytes)) throw new PublishBodyError('invalid-utf8')
    return bytes.toString('utf8')
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

import { Base64Text } from './base64-text.ts'
import type { BodyCursor } from './body-cursor.ts'
import { PublishBodyError } from './publish-body-error.ts'

const QUOTE = 0x22

/** Reads one attachment's base64 data out of the body, up to its closing quote, as fast as its consumer asks for it. */
export class AttachmentReader {
  /** Bytes decoded so far. */
  size = 0
  /** What is wrong with the data or the body, kept because a consumer may wrap or swallow what its source throws. */
  failure: Error | undefined

  readonly #cursor: BodyCursor
  readonly #base64 = new Base64Text()
  #ended = false

  constructor(cursor: BodyCursor) {
    this.#cursor = cursor
  }

  async *bytes(): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const piece = await this.#next()
      if (piece === undefined) return
      if (piece.length > 0) yield piece
    }
  }

  /** Reads what the consumer left unread. */
  async drain(): Promise<void> {
    while ((await this.#next()) !== undefined);
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.failure !== undefined) throw this.failure
    if (this.#ended) return undefined
    try {
      const piece = await this.#decodeChunk()
      this.size += piece.length
      return piece
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error('the body could not be read', { cause: error })
      throw this.failure
    }
  }

  async #decodeChunk(): Promise<Buffer> {
    const cursor = this.#cursor
    if (!(await cursor.more())) throw new PublishBodyError('body-truncated')
    const { chunk, at } = cursor
    const quote = chunk.indexOf(QUOTE, at)
    cursor.at = quote < 0 ? chunk.length : quote
    const piece = this.#base64.push(chunk.toString('latin1', at, cursor.at))
    if (quote < 0) return piece
    this.#ended = true
    return Buffer.concat([piece, this.#base64.end()])
  }
}

import { Readable } from 'node:stream'

const NOTHING = Buffer.alloc(0)

/** A request body as the chunk at hand and the place in it from which reading goes on. */
export class BodyCursor {
  chunk: Buffer = NOTHING
  at = 0
  readonly #chunks: AsyncIterator<Uint8Array, undefined>

  constructor(body: AsyncIterable<Uint8Array>) {
    // A request that is destroyed takes its socket with it, and the client would never read why it was refused.
    this.#chunks = (
      body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body[Symbol.asyncIterator]()
    ) as AsyncIterator<Uint8Array, undefined>
  }

  /** Makes sure that there is a byte to read, fetching the next chunk where needed; false at the end of the body. */
  async more(): Promise<boolean> {
    while (this.at === this.chunk.length) {
      const { done, value } = await this.#chunks.next()
      if (done) return false
      this.chunk = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      this.at = 0
    }
    return true
  }

  /** Lets go of the body without waiting: a read that is under way on a stalled connection may never end. */
  release(): void {
    this.#chunks.return?.().catch(() => {
      // The body failed after its reader had gone; the reader's own outcome is what counts.
    })
  }
}

import type { Readable } from 'node:stream'

export interface BoundedBody {
  readonly bytes: Buffer
  /** There was more. */
  readonly truncated: boolean
}

/**
 * The first `most` bytes of the body. What goes beyond is not read: the connection is given up, since reading on costs as
 * much as the other side likes. Throws what the body throws.
 */
export const readBounded = async (body: Readable, most: number): Promise<BoundedBody> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(size + chunk.length > most ? chunk.subarray(0, most - size) : chunk)
    size += chunk.length
    if (size > most) return { bytes: Buffer.concat(chunks), truncated: true } // leaving the loop destroys the body
  }
  return { bytes: Buffer.concat(chunks), truncated: false }
}

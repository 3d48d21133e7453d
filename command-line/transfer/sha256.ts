import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** The sha256 of a file in hex; `read` is told of the bytes as they are read. */
export const sha256Of = async (file: string, signal: AbortSignal, read: (bytes: number) => void): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    read(chunk.length)
  }
  return hash.digest('hex')
}

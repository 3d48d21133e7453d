import type { Readable } from 'node:stream'
import type { ByteRange } from './blob-store.ts'

/** Measured: with half of it a download costs half as much again, with four times as much no less. */
const CHUNK = 262_144

/** Reads into the memory what the file holds from `position` (bytes) on; resolves with how many bytes that were, at its end 0. */
export type ReadInto = (memory: Buffer, length: number, position: number) => Promise<number>

const readers = new WeakMap<Readable, ReadInto>()

/** Notes how to read the file of a stream, so that `reusedChunks` can do it in the stream's stead. */
export const canBeRead = (stream: Readable, readInto: ReadInto): void => void readers.set(stream, readInto)

/**
 * The bytes of a stream that nobody has read from yet, for who is done with each chunk when asking for the next one: those of a
 * file are read into the same memory again and again, which halves what a large download costs (new memory must be cleared).
 * `range` is what the stream was opened with. The stream is destroyed at the end.
 */
export async function* reusedChunks(stream: Readable, { start, end }: ByteRange): AsyncGenerator<Buffer, void, void> {
  const readInto = readers.get(stream)
  if (readInto === undefined) {
    yield* stream as AsyncIterable<Buffer>
    return
  }
  const memory = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)] as const
  let turn = 0
  const read = async (position: number): Promise<Buffer> => {
    const buffer = memory[(turn ^= 1) as 0 | 1]
    return buffer.subarray(0, await readInto(buffer, Math.min(CHUNK, end + 1 - position), position))
  }
  let position = start
  let next: Promise<Buffer> | undefined = read(position)
  try {
    while (next !== undefined) {
      const chunk: Buffer = await next
      if (chunk.length === 0) return // the file is shorter than it should be, which the reader notices
      position += chunk.length
      next = position <= end ? read(position) : undefined
      next?.catch(() => undefined) // thrown where it is awaited; nobody awaits it when the reader leaves
      yield chunk
    }
  } finally {
    await next?.catch(() => undefined) // the file is not closed while it is read
    stream.destroy()
  }
}

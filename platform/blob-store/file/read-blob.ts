import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { blobMissing, isRange, rangeOutside } from '../blob-name.ts'
import type { ByteRange } from '../blob-store.ts'
import { canBeRead } from '../reused-chunks.ts'
import { disk, onDisk, unlessAbsent } from './disk.ts'

/** Bytes read at once: fewer turns of the event loop than the default 64 KiB, still bounded for each reader. */
const READ_AHEAD = 262_144

const checkRange = (range: ByteRange, size: number): void => {
  if (!isRange(range) || range.end >= size) throw rangeOutside(range)
}

export const openBlob = async (path: string, sha256: string, range?: ByteRange): Promise<Readable> => {
  const descriptor = await unlessAbsent(disk.open(path, 'r'))
  if (descriptor === undefined) throw blobMissing(sha256)
  try {
    if (range) checkRange(range, (await onDisk(disk.fstat(descriptor))).size)
  } catch (error) {
    await disk.close(descriptor).catch(() => undefined) // the first failure is the one to report
    throw error
  }
  const stream = createReadStream(path, { fd: descriptor, highWaterMark: READ_AHEAD, ...range })
  canBeRead(stream, async (memory, length, position) => {
    const { bytesRead } = await onDisk(disk.read(descriptor, memory, 0, length, position))
    return bytesRead
  })
  return stream
}

export const readBlob = async (path: string, sha256: string): Promise<Buffer> => {
  const bytes = await unlessAbsent(disk.readFile(path))
  if (bytes === undefined) throw blobMissing(sha256)
  return bytes
}

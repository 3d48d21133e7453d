import { disk, onDisk } from './disk.ts'

/** A file that is still arriving, seen by nobody until `publish`. */
export interface IncomingFile {
  /** Returns when the chunk before is written, so that the caller hashes one chunk while the disk takes another. */
  write(chunk: Uint8Array): Promise<void>
  /** Makes the bytes durable, then gives them their name in one step, replacing what has it. */
  publish(path: string): Promise<void>
  discard(): Promise<void>
}

// A write may be cut short without an error, by a disk that fills up for instance; the next one then says why.
const writeWhole = async (descriptor: number, chunk: Uint8Array): Promise<void> => {
  for (let written = 0; written < chunk.length;)
    written += (await disk.write(descriptor, chunk, written, chunk.length - written)).bytesWritten
}

/** @throws {PlatformError} `unavailable`, like each of the calls on it; after a failure only `discard` may follow */
export const createIncomingFile = async (path: string): Promise<IncomingFile> => {
  const descriptor = await onDisk(disk.open(path, 'wx', 0o600))
  let writing: Promise<void> = Promise.resolve()
  let open = true

  return {
    write: async (chunk) => {
      await onDisk(writing)
      writing = writeWhole(descriptor, chunk)
      writing.catch(() => undefined) // reported by the next call, which may be long after
    },
    publish: async (name) => {
      await onDisk(writing)
      await onDisk(disk.fsync(descriptor))
      open = false
      await onDisk(disk.close(descriptor))
      await onDisk(disk.rename(path, name))
    },
    discard: async () => {
      await writing.catch(() => undefined) // the failure that led here is the one to report
      if (open) await disk.close(descriptor).catch(() => undefined) // the same
      await disk.unlink(path).catch(() => undefined) // what cannot be removed now is swept at a later start
    },
  }
}

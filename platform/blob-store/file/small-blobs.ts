import fs from 'node:fs'
import { promisify } from 'node:util'
import { isAbsent } from './disk.ts'

/** A blob whose bytes are all there and measured. */
export interface SmallBlob {
  readonly bytes: Uint8Array
  /** The file that it is written to, on the same file system. */
  readonly incoming: string
  /** Its name, in `folder`. */
  readonly path: string
  /** Exists, durably. */
  readonly folder: string
  /** The new lease, in seconds since the epoch. */
  readonly lease: number
}

/** `present`: the size of a file of that name that was there. It is kept when the size is right, and replaced otherwise. */
export type Outcome = { readonly present: number | undefined } | { readonly failed: NodeJS.ErrnoException }

/** For a thread of its own, which may wait for the disk; fsync alone, the slow one, runs side by side. */
export const waitingDisk = {
  open: fs.openSync,
  write: fs.writeSync,
  close: fs.closeSync,
  rename: fs.renameSync,
  unlink: fs.unlinkSync,
  utimes: fs.utimesSync,
  stat: fs.statSync,
  fsync: promisify(fs.fsync),
}

/** See layout.ts for why it is looked at again after the lease was renewed. */
const renew = ({ path, lease }: SmallBlob): number | undefined => {
  try {
    waitingDisk.utimes(path, lease, lease)
    return waitingDisk.stat(path).size
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

// A write may be cut short without an error, by a disk that fills up for instance; the next one then says why.
const write = ({ incoming, bytes }: SmallBlob): number => {
  const descriptor = waitingDisk.open(incoming, 'wx', 0o600)
  try {
    for (let written = 0; written < bytes.length;) written += waitingDisk.write(descriptor, bytes, written)
    return descriptor
  } catch (error) {
    waitingDisk.close(descriptor)
    throw error
  }
}

const discard = ({ incoming }: SmallBlob): void => {
  try {
    waitingDisk.unlink(incoming)
  } catch {
    // The failure that led here is the one to report; what cannot be removed now is swept at a later start.
  }
}

const failed = (error: unknown): Outcome => ({ failed: error as NodeJS.ErrnoException })

/** Keeps many small blobs at once: bytes durable before their names, names before this resolves. One outcome each, in order. */
export const smallBlobKeeper = (): ((blobs: readonly SmallBlob[]) => Promise<readonly Outcome[]>) => {
  const folders = new Map<string, number>()
  const syncFolder = async (folder: string): Promise<void> => {
    const descriptor = folders.get(folder) ?? waitingDisk.open(folder, 'r')
    folders.set(folder, descriptor)
    await waitingDisk.fsync(descriptor)
  }

  const keep = async (blob: SmallBlob): Promise<Outcome> => {
    try {
      const present = renew(blob)
      if (present === blob.bytes.length) return { present }
      const descriptor = write(blob)
      try {
        await waitingDisk.fsync(descriptor)
      } finally {
        waitingDisk.close(descriptor)
      }
      waitingDisk.rename(blob.incoming, blob.path)
      return { present }
    } catch (error) {
      discard(blob)
      return failed(error)
    }
  }

  return async (blobs) => {
    const kept = await Promise.all(blobs.map(keep))
    // a name that was there already may have been given a moment ago, so its folder is synced too
    const touched = new Set(
      blobs.filter((_, index) => 'present' in (kept[index] as Outcome)).map(({ folder }) => folder),
    )
    const failures = new Map<string, unknown>()
    await Promise.all(
      [...touched].map((folder) => syncFolder(folder).catch((error: unknown) => failures.set(folder, error))),
    )
    return kept.map((outcome, index) => {
      const { folder } = blobs[index] as SmallBlob
      return 'present' in outcome && failures.has(folder) ? failed(failures.get(folder)) : outcome
    })
  }
}

import fs from 'node:fs'
import { promisify } from 'node:util'
import { PlatformError } from '../../platform-error.ts'

// Plain descriptors instead of FileHandle: a tenth less processor time for a small put.
export const disk = {
  mkdir: promisify<string, fs.MakeDirectoryOptions, string | undefined>(fs.mkdir),
  open: promisify(fs.open),
  read: promisify(fs.read),
  write: promisify(fs.write),
  fsync: promisify(fs.fsync),
  close: promisify(fs.close),
  rename: promisify(fs.rename),
  unlink: promisify(fs.unlink),
  utimes: promisify(fs.utimes),
  stat: promisify(fs.stat),
  fstat: promisify(fs.fstat),
  readdir: promisify<string, string[]>(fs.readdir),
  readFile: promisify<string, Buffer>(fs.readFile),
}

export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT'

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk of the blob store is full',
  EDQUOT: 'the disk quota of the blob store is used up',
  EFBIG: 'the blob is larger than a file may be here',
  EROFS: 'the disk of the blob store is read-only',
  EACCES: 'the blob store may not write in its folder',
}

/** Turns a failure of the disk into `unavailable`, with the system's own error as cause. */
export const diskFailure = (error: unknown): PlatformError => {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  // Only the code: the system's message names paths, and this one may be shown to a client.
  return new PlatformError('unavailable', sentences[code] ?? `the disk of the blob store failed (${code})`, {
    cause: error,
  })
}

/** @throws {PlatformError} `unavailable` when the work fails */
export const onDisk = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw diskFailure(error)
  }
}

/** The work's result, or undefined when the file that it names does not exist. */
export const unlessAbsent = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw diskFailure(error)
  }
}

import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { diskFailure } from './disk.ts'

const fsyncFolder = (folder: string): void => {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Makes a folder that only its owner may enter, with what is missing above it, so that it is still there after a power cut. False:
 * it was there.
 * @throws {PlatformError} `unavailable`
 */
export const makeDurableFolder = (folder: string): boolean => {
  try {
    const last = resolve(folder)
    const first = mkdirSync(last, { recursive: true, mode: 0o700 })
    if (first === undefined) return false
    for (let made = last; made.startsWith(first); made = dirname(made)) fsyncFolder(dirname(made))
    return true
  } catch (error) {
    throw diskFailure(error)
  }
}

import { join } from 'node:path'
import { disk, onDisk, unlessAbsent } from './disk.ts'
import { isAlive } from './owner.ts'

/**
 * Removes what dead processes left half-written and nobody has written to for `olderThanMs`. Returns how many files went.
 * A process on another machine or in another container cannot be asked whether it lives: for it the age alone speaks, and
 * should it live after all, its put fails instead of keeping half a blob.
 * @throws {PlatformError} `unavailable`
 */
export const sweepIncoming = async (folder: string, olderThanMs: number, now: number): Promise<number> => {
  let swept = 0
  for (const name of await onDisk(disk.readdir(folder))) {
    const path = join(folder, name)
    const found = await unlessAbsent(disk.stat(path))
    if (!found || now - found.mtimeMs < olderThanMs || isAlive(name.slice(0, name.indexOf('-')))) continue
    await unlessAbsent(disk.unlink(path))
    swept += 1
  }
  return swept
}

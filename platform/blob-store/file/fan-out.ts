import { join } from 'node:path'
import { disk, onDisk } from './disk.ts'
import type { FolderSync } from './folder-sync.ts'

/** The folders that the blobs are spread over, made when first needed. */
export interface FanOut {
  /** The folder for the name, once it is durably there. */
  folderFor(sha256: string): Promise<string>
}

/** @throws {PlatformError} `unavailable`, also when a folder cannot be made later */
export const openFanOut = async (blobs: string, folders: FolderSync): Promise<FanOut> => {
  const present = await onDisk(disk.readdir(blobs))
  // Another process may have made one of them a moment ago.
  await folders.sync(blobs)
  const durable = new Set(present)

  return {
    folderFor: async (sha256) => {
      const name = sha256.slice(0, 2)
      const folder = join(blobs, name)
      if (durable.has(name)) return folder
      await onDisk(disk.mkdir(folder, { recursive: true, mode: 0o700 }))
      await folders.sync(blobs)
      durable.add(name)
      return folder
    },
  }
}

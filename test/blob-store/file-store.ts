import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import { type FileBlobStoreOptions, openFileBlobStore } from '../../platform/blob-store/file/file-blob-store.ts'
import { systemClock } from '../../platform/clock.ts'

export const silent = { info: () => undefined, warn: () => undefined }

export const openStore = (folder: string, options: Partial<FileBlobStoreOptions> = {}): Promise<BlobStore> =>
  openFileBlobStore({ folder, clock: systemClock, log: silent, ...options })

/** What the blob store's contract asks a module for. */
export const openInChild = (folder: string): Promise<BlobStore> => openStore(folder)

export const incomingOf = (folder: string): string[] => readdirSync(join(folder, 'incoming'))

/** Every name under which a blob can be seen, with its path. */
export const visibleBlobs = (folder: string): { name: string; path: string }[] =>
  readdirSync(join(folder, 'blobs'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, path: join(entry.parentPath, entry.name) }))

export interface TempFolder {
  readonly path: string
  [Symbol.asyncDispose](): Promise<void>
}

export const tempFolder = async (): Promise<TempFolder> => {
  const path = await mkdtemp(join(tmpdir(), 'waybill-blobs-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

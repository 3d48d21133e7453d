import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../../clock.ts'
import { newId } from '../../ids.ts'
import { PlatformError } from '../../platform-error.ts'
import { blobMissing, isSha256 } from '../blob-name.ts'
import type { BlobStore, StoredBlob } from '../blob-store.ts'
import { receive } from '../receive.ts'
import { startArrival, type Arrival } from './arrival.ts'
import { disk, unlessAbsent } from './disk.ts'
import { makeDurableFolder } from './durable-folder.ts'
import { openFanOut } from './fan-out.ts'
import { openFolderSync } from './folder-sync.ts'
import { createIncomingFile } from './incoming-file.ts'
import { blobPath, layoutOf } from './layout.ts'
import { ownOwner } from './owner.ts'
import { placeApart } from './place-apart.ts'
import { openBlob, readBlob } from './read-blob.ts'
import { openSmallWrites } from './small-writes.ts'
import { sweepIncoming } from './sweep.ts'

export interface FileBlobStoreOptions {
  /** Made when missing; may be shared by several processes. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Age of a dead process's half-written file, in milliseconds, from which a sweep removes it. Default: one hour. */
  readonly sweepAfterMs?: number
}

/**
 * Blobs as files below one folder, named by their sha256 (see layout.ts).
 * @throws {PlatformError} `unavailable` when the folder cannot be made or read
 */
export const openFileBlobStore = async (options: FileBlobStoreOptions): Promise<BlobStore> => {
  const { folder, clock, log, sweepAfterMs = 3_600_000 } = options
  const layout = layoutOf(folder)
  if (makeDurableFolder(folder)) await placeApart(folder)
  for (const part of [layout.incoming, layout.blobs]) makeDurableFolder(part)
  const sweep = (): Promise<number> => sweepIncoming(layout.incoming, sweepAfterMs, clock.now())
  const swept = await sweep()
  if (swept > 0) log.info({ swept }, 'removed uploads that an earlier process left half-written')

  const folders = openFolderSync()
  const fanOut = await openFanOut(layout.blobs, folders)
  const smallWrites = openSmallWrites()
  const owner = ownOwner()
  const newIncoming = (): string => join(layout.incoming, `${owner}-${newId()}`)
  let closed = false
  const refuseWhenClosed = (): void => {
    if (closed) throw new PlatformError('unavailable', 'the blob store is closed')
  }

  const pathOf = (sha256: string): string => {
    if (!isSha256(sha256)) throw blobMissing(sha256)
    return blobPath(layout, sha256)
  }

  const sizeOf = async (sha256: string): Promise<number | undefined> =>
    isSha256(sha256) ? (await unlessAbsent(disk.stat(blobPath(layout, sha256))))?.size : undefined

  const claim = async (sha256: string): Promise<number | undefined> => {
    refuseWhenClosed()
    if (!isSha256(sha256)) return undefined
    const now = clock.now() / 1000
    const renewed = await unlessAbsent(disk.utimes(blobPath(layout, sha256), now, now).then(() => true))
    if (renewed === undefined) return undefined
    const size = await sizeOf(sha256)
    // Another put may have named it a moment ago; the caller is about to build on it, so its name must be durable first.
    if (size !== undefined) await folders.sync(await fanOut.folderFor(sha256))
    return size
  }

  const warnOfDamage = ({ size, digests: { sha256 } }: StoredBlob, present: number | undefined): void => {
    if (present !== undefined && present !== size) log.warn({ sha256, present, size }, 'replaced a damaged blob')
  }

  const keepFile = async (blob: StoredBlob, arrival: Arrival): Promise<void> => {
    const { sha256 } = blob.digests
    const present = await claim(sha256)
    if (present === blob.size) return arrival.discard()
    const target = await fanOut.folderFor(sha256)
    await arrival.publish(blobPath(layout, sha256))
    await folders.sync(target)
    warnOfDamage(blob, present)
  }

  const keepSmall = async (blob: StoredBlob, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    const { sha256 } = blob.digests
    const folder = await fanOut.folderFor(sha256)
    const path = blobPath(layout, sha256)
    const lease = clock.now() / 1000
    warnOfDamage(blob, await smallWrites.keep({ bytes, incoming: newIncoming(), path, folder, lease }))
  }

  const keep = async (blob: StoredBlob, arrival: Arrival): Promise<StoredBlob> => {
    const small = arrival.held()
    await (small === undefined ? keepFile(blob, arrival) : keepSmall(blob, small))
    return blob
  }

  return {
    put: async (source, put = {}) => {
      refuseWhenClosed()
      const arrival = startArrival(() => createIncomingFile(newIncoming()))
      try {
        return await keep(await receive(source, put, (chunk) => arrival.write(chunk)), arrival)
      } catch (error) {
        await arrival.discard()
        throw error
      }
    },
    claim,
    size: sizeOf,
    open: async (sha256, range) => openBlob(pathOf(sha256), sha256, range),
    read: async (sha256) => readBlob(pathOf(sha256), sha256),
    sweep,
    close: async () => {
      closed = true
      await smallWrites.close()
      await folders.close()
    },
  }
}

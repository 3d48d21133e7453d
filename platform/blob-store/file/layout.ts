import { join } from 'node:path'

/*
 * <folder>/blobs/<first two digits>/<sha256>   what `put` has finished; the modification time is the lease
 * <folder>/incoming/<owner>-<id>               what is still arriving; same file system, so that a rename publishes it
 *
 * Two digits: a million blobs are 4,000 names in each of 256 folders, and few enough to keep a descriptor of each for fsync.
 *
 * Whoever collects blobs renames one out of `blobs/` first, reads its lease then, and links it back when that was renewed
 * meanwhile: `claim` and `put` renew by path and look again, so what they answer for is either still there or comes back.
 */
export interface Layout {
  readonly blobs: string
  readonly incoming: string
}

export const layoutOf = (folder: string): Layout => ({
  blobs: join(folder, 'blobs'),
  incoming: join(folder, 'incoming'),
})

export const blobPath = (layout: Layout, sha256: string): string => join(layout.blobs, sha256.slice(0, 2), sha256)

import type { StoredBlob } from '../blob-store.ts'
import type { S3Connection } from './connection.ts'
import { copyObject } from './copy-object.ts'
import { removeObject } from './objects.ts'
import type { PartSender } from './part-sender.ts'
import type { TransferSizes } from './transfer-sizes.ts'

/** Bytes that are too many to be held, on their way to where they belong. */
export interface Upload {
  write(chunk: Uint8Array): Promise<void>
  /** Makes them the blob that they turned out to be. */
  publish(blob: StoredBlob): Promise<void>
  /** Leaves nothing. Never throws: what cannot be removed now is swept later. */
  discard(): Promise<void>
}

/** To the blob's own key: S3 shows nothing of it before it is complete, and nobody completes other bytes than were promised. */
export const knownUpload = (sender: PartSender): Upload => ({
  write: (chunk) => sender.write(chunk),
  publish: () => sender.complete(),
  discard: () => sender.discard(),
})

/** Of bytes whose digest is known at their end: to a key of their own, then copied to the blob's by the server. */
export const stagedUpload = (
  sender: PartSender,
  options: {
    readonly connection: S3Connection
    readonly key: string
    readonly sizes: TransferSizes
    keyOf(sha256: string): string
  },
): Upload => {
  const { connection, key, sizes, keyOf } = options
  const remove = (): Promise<void> => removeObject(connection, key).catch(() => undefined) // swept later
  return {
    write: (chunk) => sender.write(chunk),
    publish: async ({ size, digests }) => {
      await sender.complete()
      await copyObject(connection, { from: key, to: keyOf(digests.sha256), size, pieceSize: sizes.copied })
      await remove()
    },
    discard: async () => {
      await sender.discard()
      // It is there when only the answer to its completion was lost, or when it could not be copied.
      await remove()
    },
  }
}

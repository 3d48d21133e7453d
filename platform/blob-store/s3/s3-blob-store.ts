import type { Logger } from 'pino'
import type { Clock } from '../../clock.ts'
import { PlatformError } from '../../platform-error.ts'
import { blobMissing, isSha256 } from '../blob-name.ts'
import type { BlobStore, StoredBlob } from '../blob-store.ts'
import { receive } from '../receive.ts'
import { signedAddress } from './address.ts'
import { type Arrival, startArrival } from './arrival.ts'
import { checkBucket } from './check-bucket.ts'
import { connect, type S3Credentials } from './connection.ts'
import { openKeeper } from './keep.ts'
import { blobKey, layoutOf } from './layout.ts'
import { openClaims } from './lease.ts'
import { headObject, readObject } from './objects.ts'
import { openObject } from './open-object.ts'
import type { S3Location } from '../../config/s3-url.ts'
import { startSweeper } from './sweeper.ts'
import { DEFAULT_SIZES, type TransferSizes } from './transfer-sizes.ts'

export interface S3BlobStoreOptions extends S3Location {
  /** Unset: where the SDK looks for them: the environment, the profile, the machine's or container's role. */
  readonly credentials?: S3Credentials
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Age of an unfinished upload, in milliseconds, from which it is removed. Default: one day. */
  readonly sweepAfterMs?: number
  /** Milliseconds without a byte from the server after which it is taken for dead. Default: one minute. */
  readonly idleMs?: number
  readonly sizes?: Partial<TransferSizes>
}

/**
 * Blobs as objects of one bucket, named by their sha256 (see layout.ts). A put that was refused because its answers were lost may
 * have left the blob, whole; it never leaves a part of one.
 * @throws {PlatformError} `unavailable` when the bucket cannot be listed, in one sentence that says why
 */
export const openS3BlobStore = async (options: S3BlobStoreOptions): Promise<BlobStore> => {
  const { clock, log, credentials, prefix, redirect, sweepAfterMs = 86_400_000, idleMs = 60_000 } = options
  const sizes = { ...DEFAULT_SIZES, ...options.sizes }
  const layout = layoutOf(prefix)
  const connection = connect(options, credentials, idleMs)
  try {
    await checkBucket(connection, options)
  } catch (error) {
    connection.close()
    throw error
  }
  const sweeper = startSweeper({ connection, layout, clock, log, sweepAfterMs })
  const claim = openClaims(connection, layout, clock)
  const keeper = openKeeper({ connection, layout, claim, sizes, log })
  let closed = false
  const refuseWhenClosed = (): void => {
    if (closed) throw new PlatformError('unavailable', 'the blob store is closed')
  }

  const keyOf = (sha256: string): string => {
    if (!isSha256(sha256)) throw blobMissing(sha256)
    return blobKey(layout, sha256)
  }

  const keep = async (blob: StoredBlob, arrival: Arrival): Promise<StoredBlob> => {
    const arrived = arrival.end()
    if ('held' in arrived) await keeper.keepHeld(blob, arrived.held)
    else await keeper.keepUpload(blob, arrived.upload)
    return blob
  }

  return {
    put: async (source, put = {}) => {
      refuseWhenClosed()
      const arrival = startArrival(sizes.held, () => keeper.startUpload(put))
      try {
        return await keep(await receive(source, put, (chunk) => arrival.write(chunk)), arrival)
      } catch (error) {
        await arrival.discard()
        // What it took back failed for that reason.
        put.signal?.throwIfAborted()
        throw error
      }
    },
    claim: async (sha256) => {
      refuseWhenClosed()
      return isSha256(sha256) ? claim(sha256) : undefined
    },
    size: async (sha256) =>
      isSha256(sha256) ? (await headObject(connection, blobKey(layout, sha256)))?.size : undefined,
    open: async (sha256, range) => openObject(connection, { key: keyOf(sha256), sha256, range, idleMs }),
    read: async (sha256) => {
      const bytes = await readObject(connection, keyOf(sha256))
      if (bytes === undefined) throw blobMissing(sha256)
      return bytes
    },
    ...(redirect && { address: async (sha256, given = {}) => signedAddress(connection, keyOf(sha256), given) }),
    sweep: () => sweeper.sweep(),
    close: async () => {
      closed = true
      await sweeper.stop()
      connection.close()
    },
  } satisfies BlobStore
}

import { type CompletedPart, UploadPartCommand } from '@aws-sdk/client-s3'
import { PlatformError } from '../../platform-error.ts'
import type { S3Connection } from './connection.ts'
import { type MultipartUpload, startMultipartUpload } from './multipart-upload.ts'
import { type Part, startPart } from './part.ts'
import { onS3, s3Failure } from './s3-failure.ts'
import { signedBody } from './signed-body.ts'
import type { Slots } from './slots.ts'
import { PARTS_AT_ONCE, partSize, type TransferSizes } from './transfer-sizes.ts'

/** Cuts what comes into parts and sends several of them at once. */
export interface PartSender {
  /** Waits while too much is on its way. */
  write(chunk: Uint8Array): Promise<void>
  /** Sends the rest; the object is there when it returns. */
  complete(): Promise<void>
  /** Takes back what is on its way, and removes what has arrived. Never throws. */
  discard(): Promise<void>
}

export interface PartSenderOptions {
  readonly connection: S3Connection
  readonly key: string
  readonly sizes: TransferSizes
  /** Shared by all uploads of a store. */
  readonly slots: Slots
  /** Takes back what is on its way, so that nobody waits for a server that is slow. */
  readonly signal?: AbortSignal | undefined
}

/** @throws {PlatformError} `unavailable`, like `write` and `complete`; after a failure only `discard` may follow */
export const startPartSender = async (options: PartSenderOptions): Promise<PartSender> => {
  const { connection, key, sizes, slots, signal } = options
  const upload: MultipartUpload = await startMultipartUpload(connection, key)
  const stop = new AbortController()
  const abortSignal = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const sent: CompletedPart[] = []
  const underWay = new Set<Promise<void>>()
  let failure: PlatformError | undefined
  let number = 0
  let part: Part | undefined
  let size = 0

  const sendPart = async (PartNumber: number, { bytes, sha256 }: ReturnType<Part['finish']>): Promise<void> => {
    const named = { Bucket: connection.bucket, Key: key, UploadId: upload.id, PartNumber }
    const command = signedBody(new UploadPartCommand({ ...named, Body: bytes }), sha256)
    const { ETag } = await onS3(connection.requests.send(command, { abortSignal }))
    sent[PartNumber - 1] = { PartNumber, ...(ETag !== undefined && { ETag }) }
  }

  const nextPart = (): Part => {
    number += 1
    const most = partSize(number, sizes)
    if (most === undefined) throw new PlatformError('unavailable', 'the blob is larger than an object may be in S3')
    return startPart(most)
  }

  /** Begins to send the part; what becomes of it is reported by a later call. */
  const send = async (full: Part): Promise<void> => {
    while (underWay.size >= PARTS_AT_ONCE) await Promise.race(underWay)
    const giveBack = await slots.take()
    const sending = sendPart(number, full.finish())
      .catch((error: unknown) => {
        failure ??= s3Failure(error)
      })
      .finally(() => {
        underWay.delete(sending)
        giveBack()
      })
    underWay.add(sending)
  }

  return {
    write: async (chunk) => {
      for (let rest = chunk; rest.length > 0;) {
        if (failure) throw failure
        part ??= nextPart()
        const fits = rest.subarray(0, part.room)
        part.add(fits)
        rest = rest.subarray(fits.length)
        if (part.room > 0) continue
        await send(part)
        part = undefined
      }
      size += chunk.length
    },
    complete: async () => {
      if (part) await send(part)
      await Promise.all(underWay)
      if (failure) throw failure
      await upload.complete(sent, size)
    },
    discard: async () => {
      stop.abort()
      // A part that arrives after its upload was removed would stay, unseen and paid for.
      await Promise.all(underWay)
      await upload.abort()
    },
  }
}

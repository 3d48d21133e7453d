import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
} from '@aws-sdk/client-s3'
import { PlatformError } from '../../platform-error.ts'
import type { S3Connection } from './connection.ts'
import { headObject } from './objects.ts'
import { onS3, unlessMissing } from './s3-failure.ts'

/** An upload of which nobody sees anything before `complete`. */
export interface MultipartUpload {
  readonly key: string
  readonly id: string
  /**
   * The parts in their order.
   * @throws {PlatformError} `unavailable`
   */
  complete(parts: readonly CompletedPart[], size: number): Promise<void>
  /** Once no part is on its way any more. Never throws: what cannot be removed now is swept later. */
  abort(): Promise<void>
}

/** @throws {PlatformError} `unavailable` */
export const startMultipartUpload = async (connection: S3Connection, key: string): Promise<MultipartUpload> => {
  const { requests, bucket } = connection
  const { UploadId: id = '' } = await onS3(
    requests.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key })),
  )
  const named = { Bucket: bucket, Key: key, UploadId: id }

  return {
    key,
    id,
    complete: async (parts, size) => {
      const command = new CompleteMultipartUploadCommand({ ...named, MultipartUpload: { Parts: [...parts] } })
      const done = await unlessMissing(requests.send(command))
      // Repeated after an answer that was lost, it finds its upload gone, because it was completed.
      if (done === undefined && (await headObject(connection, key))?.size !== size)
        throw new PlatformError('unavailable', 'an upload to the blob store was removed before it was complete')
    },
    abort: async () => {
      await requests.send(new AbortMultipartUploadCommand(named)).catch(() => undefined) // swept later
    },
  }
}

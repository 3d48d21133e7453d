import { type CompletedPart, CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3'
import type { S3Connection } from './connection.ts'
import { startMultipartUpload } from './multipart-upload.ts'
import { onS3 } from './s3-failure.ts'

const COPIES_AT_ONCE = 3

/**
 * Has the server copy an object of `size` bytes; nobody sees half of it. Pieces of `pieceSize` bytes, because one request copies at
 * most 5 GiB and says nothing for as long as it takes.
 * @throws {PlatformError} `unavailable`; nothing is left then but what the sweep removes
 */
export const copyObject = async (
  connection: S3Connection,
  { from, to, size, pieceSize }: { from: string; to: string; size: number; pieceSize: number },
): Promise<void> => {
  const { requests, bucket } = connection
  const CopySource = `${bucket}/${from}`
  if (size <= pieceSize) {
    await onS3(requests.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource })))
    return
  }

  const upload = await startMultipartUpload(connection, to)
  const pieces = Math.ceil(size / pieceSize)
  const copied: CompletedPart[] = []
  const copyPiece = async (index: number): Promise<void> => {
    const last = Math.min(size, (index + 1) * pieceSize) - 1
    const named = { Bucket: bucket, Key: to, UploadId: upload.id, PartNumber: index + 1 }
    const range = { CopySource, CopySourceRange: `bytes=${index * pieceSize}-${last}` }
    const { CopyPartResult } = await onS3(requests.send(new UploadPartCopyCommand({ ...named, ...range })))
    const etag = CopyPartResult?.ETag
    copied[index] = { PartNumber: index + 1, ...(etag !== undefined && { ETag: etag }) }
  }
  let next = 0
  const copySome = async (): Promise<void> => {
    try {
      while (next < pieces) await copyPiece(next++)
    } catch (error) {
      next = pieces // no other lane begins another piece
      throw error
    }
  }
  const lanes = Array.from({ length: COPIES_AT_ONCE }, copySome)
  try {
    await Promise.all(lanes)
    await upload.complete(copied, size)
  } catch (error) {
    await Promise.allSettled(lanes)
    await upload.abort()
    throw error
  }
}

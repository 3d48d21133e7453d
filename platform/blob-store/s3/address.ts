import { GetObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { BlobAddressOptions } from '../blob-store.ts'
import type { S3Connection } from './connection.ts'
import { onS3 } from './s3-failure.ts'

/** Seconds. A client follows at once; what it then reads may take as long as it likes. */
const GOOD_FOR = 300

/** A URL that gives the object to whoever has it, without asking the server. */
export const signedAddress = async (
  { downloads, bucket }: S3Connection,
  key: string,
  { contentType, contentDisposition, cacheControl }: BlobAddressOptions,
): Promise<string> => {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(contentType !== undefined && { ResponseContentType: contentType }),
    ...(contentDisposition !== undefined && { ResponseContentDisposition: contentDisposition }),
    ...(cacheControl !== undefined && { ResponseCacheControl: cacheControl }),
  })
  return onS3(getSignedUrl(downloads, command, { expiresIn: GOOD_FOR }))
}

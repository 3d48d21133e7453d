import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { PlatformError } from '../../platform-error.ts'
import type { S3Connection } from './connection.ts'
import { s3Failure } from './s3-failure.ts'
import type { S3Location } from '../../config/s3-url.ts'

/**
 * Lists one name, which needs the bucket, the region, the credentials and the right to list: without the last, a server answers for a
 * blob that is missing as for one that is forbidden.
 * @throws {PlatformError} `unavailable`, in one sentence for the operator
 */
export const checkBucket = async ({ requests }: S3Connection, location: S3Location): Promise<void> => {
  const { bucket, prefix, endpoint } = location
  try {
    await requests.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }))
  } catch (error) {
    const where = endpoint === undefined ? '' : ` at ${endpoint}`
    throw new PlatformError('unavailable', `bucket ${bucket}${where}: ${s3Failure(error).message}`, { cause: error })
  }
}

import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type ListMultipartUploadsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import { openS3BlobStore, type S3BlobStoreOptions } from '../../platform/blob-store/s3/s3-blob-store.ts'
import { systemClock } from '../../platform/clock.ts'
import { silent } from './file-store.ts'

/** A server and a bucket on it, such as those of `startVersity`. */
export interface S3Place {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly bucket: string
  /** With a slash at its end. */
  readonly prefix: string
}

export const openStore = (place: S3Place, options: Partial<S3BlobStoreOptions> = {}): Promise<BlobStore> =>
  openS3BlobStore({ forcePathStyle: true, redirect: false, clock: systemClock, log: silent, ...place, ...options })

/** What the blob store's contract asks a module for; the place comes as JSON. */
export const openInChild = (argument: string): Promise<BlobStore> => openStore(JSON.parse(argument) as S3Place)

/** The bare SDK, to look at what the store has done. */
export const clientOf = ({ endpoint, region, credentials }: Omit<S3Place, 'bucket' | 'prefix'>): S3Client =>
  new S3Client({ endpoint, region, credentials, forcePathStyle: true })

export const keysBelow = async (client: S3Client, bucket: string, prefix: string): Promise<string[]> => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))
  return Contents.map(({ Key = '' }) => Key)
}

export const uploadsBelow = async (client: S3Client, bucket: string, prefix: string): Promise<string[]> => {
  const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix })
  const { Uploads = [] }: ListMultipartUploadsCommandOutput = await client.send(command)
  return Uploads.map(({ Key = '', UploadId = '' }) => `${Key} (${UploadId})`)
}

/** Staged objects and open uploads. */
export const unfinishedBelow = async (client: S3Client, bucket: string, prefix: string): Promise<string[]> => [
  ...(await keysBelow(client, bucket, `${prefix}incoming/`)),
  ...(await uploadsBelow(client, bucket, prefix)),
]

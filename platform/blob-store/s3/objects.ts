import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { onS3, s3Failure, statusOf, unlessMissing } from './s3-failure.ts'
import type { S3Connection } from './connection.ts'
import { signedBody } from './signed-body.ts'

export interface ObjectFacts {
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the Unix epoch, by the server's clock, in whole seconds. */
  readonly modified: number
}

/** @throws {PlatformError} `unavailable`, like every function here */
export const headObject = async ({ requests, bucket }: S3Connection, key: string): Promise<ObjectFacts | undefined> => {
  const found = await unlessMissing(requests.send(new HeadObjectCommand({ Bucket: bucket, Key: key })))
  return found && { size: found.ContentLength ?? 0, modified: found.LastModified?.getTime() ?? 0 }
}

export interface NewObject {
  readonly key: string
  readonly bytes: Uint8Array
  readonly sha256: string
}

export const putObject = async (
  { requests, bucket }: S3Connection,
  { key, bytes, sha256 }: NewObject,
): Promise<void> => {
  await onS3(requests.send(signedBody(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }), sha256)))
}

/**
 * Writes the object unless there is one. `unsupported`: this server knows no conditional writes; nothing was written. `present`
 * also while another write of the same key is under way.
 */
export const putIfAbsent = async (
  { requests, bucket }: S3Connection,
  { key, bytes, sha256 }: NewObject,
): Promise<'written' | 'present' | 'unsupported'> => {
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: '*' })
  try {
    await requests.send(signedBody(command, sha256))
    return 'written'
  } catch (error) {
    const status = statusOf(error)
    if (status === 412 || status === 409) return 'present'
    if (status === 501) return 'unsupported'
    throw s3Failure(error)
  }
}

export const removeObject = async ({ requests, bucket }: S3Connection, key: string): Promise<void> => {
  await unlessMissing(requests.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })))
}

/** The SDK repeats a request until an answer begins; one that breaks off later is asked for again here. */
const READS = 3

/** The whole object in memory, or undefined. */
export const readObject = async ({ requests, bucket }: S3Connection, key: string): Promise<Buffer | undefined> => {
  for (let attempt = 1; ; attempt += 1) {
    const found = await unlessMissing(requests.send(new GetObjectCommand({ Bucket: bucket, Key: key })))
    if (found === undefined) return undefined
    try {
      return await buffer(found.Body as Readable)
    } catch (error) {
      if (attempt === READS) throw s3Failure(error)
    }
  }
}

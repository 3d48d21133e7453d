import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
  type _Object,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import type { S3Connection } from './connection.ts'
import type { Layout } from './layout.ts'
import { removeObject } from './objects.ts'
import { onS3, unlessMissing } from './s3-failure.ts'

export interface SweepOptions {
  /** What was begun before this time is removed; milliseconds since the Unix epoch. */
  readonly before: number
  readonly signal: AbortSignal
  /** Names in one answer of the server; 1000, its own limit, unless given. */
  readonly pageSize?: number
}

const PAGE_SIZE = 1000

type Paging = Required<Pick<SweepOptions, 'signal' | 'pageSize'>>

const uploadsBelow = async function* (
  { requests, bucket }: S3Connection,
  prefix: string,
  { signal, pageSize }: Paging,
): AsyncGenerator<MultipartUpload, void, undefined> {
  let after = ''
  for (;;) {
    // By key alone: a server may refuse to go on after an upload that somebody removed meanwhile. Others of the same key wait
    // for the next sweep.
    const named = { Bucket: bucket, Prefix: prefix, MaxUploads: pageSize, ...(after !== '' && { KeyMarker: after }) }
    const page = await onS3(requests.send(new ListMultipartUploadsCommand(named), { abortSignal: signal }))
    yield* page.Uploads ?? []
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return
    after = page.NextKeyMarker
  }
}

const objectsBelow = async function* (
  { requests: client, bucket }: S3Connection,
  prefix: string,
  { signal: abortSignal, pageSize }: Paging,
): AsyncGenerator<_Object, void, undefined> {
  const pages = paginateListObjectsV2({ client, pageSize }, { Bucket: bucket, Prefix: prefix }, { abortSignal })
  for (;;) {
    const page = await onS3(pages.next())
    if (page.done === true) return
    yield* page.value.Contents ?? []
  }
}

/**
 * Removes unfinished uploads that were begun long ago, by whatever process: one that lives has ended by then, and should it live
 * after all, its put fails instead of keeping half a blob. Several may sweep at once. Returns how many went.
 * @throws {PlatformError} `unavailable`
 */
export const sweepUploads = async (
  connection: S3Connection,
  layout: Layout,
  { before, signal, pageSize = PAGE_SIZE }: SweepOptions,
): Promise<number> => {
  const { requests, bucket } = connection
  const paging = { signal, pageSize }
  const isOld = (begun: Date | undefined): boolean => begun !== undefined && begun.getTime() < before
  let swept = 0

  for await (const { Key, UploadId, Initiated } of uploadsBelow(connection, layout.prefix, paging)) {
    if (signal.aborted) return swept
    if (!isOld(Initiated)) continue
    await unlessMissing(requests.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })))
    swept += 1
  }
  for await (const { Key, LastModified } of objectsBelow(connection, layout.incoming, paging)) {
    if (signal.aborted) return swept
    if (Key === undefined || !isOld(LastModified)) continue
    await removeObject(connection, Key)
    swept += 1
  }
  return swept
}

import type { BlobStore, StoredBlob } from '../../platform/blob-store/blob-store.ts'
import { lookInto } from './look-into-tarball.ts'
import type { TarballContents } from './manifest-fragment.ts'
import { PublishBodyError } from './publish-body-error.ts'

/** An attachment whose digests are known while its bytes are still being made durable. */
export interface Arriving {
  readonly blob: StoredBlob
  readonly durable: Promise<StoredBlob>
  /** Of a bundle, what it says; of a tarball nothing. */
  readonly text: string
  /** Of a tarball, what is in it, as far as that can be told. */
  readonly contents: TarballContents | undefined
}

const MOST_BUNDLE_BYTES = 1_048_576

/** Passes the chunks on, and keeps them: a bundle is looked into before it is named. */
async function* keeping(bytes: AsyncIterable<Buffer>, kept: Buffer[]): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > MOST_BUNDLE_BYTES) throw new PublishBodyError('attachment-too-large')
    kept.push(chunk)
    yield chunk
  }
}

/** Resolves when the bytes have arrived, so that the manifest can be made and stored while the disk is busy with them. */
export const receive = (blobs: BlobStore, file: string, bytes: AsyncIterable<Buffer>): Promise<Arriving> =>
  new Promise((resolve, reject) => {
    const kept: Buffer[] = []
    const tarball = file.endsWith('.tgz') ? lookInto(bytes) : undefined
    const arrived = async (blob: StoredBlob): Promise<void> => {
      const contents = await tarball?.contents()
      resolve({ blob, durable, text: Buffer.concat(kept).toString('utf8'), contents })
    }
    const durable = blobs.put(tarball?.bytes ?? keeping(bytes, kept), { onReceived: (blob) => void arrived(blob) })
    // before the bytes have arrived it is the failure of the upload; after that `publish` awaits it
    durable.catch(reject)
  })

import type { BlobSource, PutOptions, StoredBlob } from './blob-store.ts'
import { chunksOf } from './chunks.ts'
import { startMeasure } from './measure.ts'

/**
 * Takes in the bytes of a put: each chunk is measured and written before the next is asked for. Resolves when all have arrived and are
 * as expected, and `onReceived` was told. Shared by every adapter.
 * @throws {PlatformError} `digest-mismatch`; what the source and `write` throw, and the signal's reason
 */
export const receive = async (
  source: BlobSource,
  put: PutOptions,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<StoredBlob> => {
  const measure = startMeasure(put)
  for await (const chunk of chunksOf(source, put.signal)) {
    measure.add(chunk)
    await write(chunk)
  }
  const blob = measure.finish()
  put.signal?.throwIfAborted()
  put.onReceived?.(blob)
  return blob
}

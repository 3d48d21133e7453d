import { LRUCache } from 'lru-cache'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import { PlatformError } from '../../platform/platform-error.ts'

/** Bytes of blobs kept in memory for each store. */
const CAPACITY = 192 * 1024 * 1024

/** Larger blobs are streamed from the store each time. */
export const LARGEST_HOT_BLOB = 4 * 1024 * 1024

/** What an entry costs beside its bytes, so that many tiny blobs are bounded too. */
const ENTRY_OVERHEAD = 512

/** Small blobs that were asked for lately. Named by their digest, they never become stale. */
export interface HotBlobs {
  /** The bytes when they are in memory. */
  peek(sha256: string): Buffer | undefined
  /**
   * The `size` bytes, read once for all who ask at the same time.
   * @throws {PlatformError} `blob-missing` | `unavailable`, also when the store holds another number of bytes
   */
  read(sha256: string, size: number): Promise<Buffer>
}

const openHotBlobs = (store: BlobStore): HotBlobs => {
  const kept = new LRUCache<string, Buffer>({
    maxSize: CAPACITY,
    sizeCalculation: (bytes) => bytes.length + ENTRY_OVERHEAD,
  })
  const reading = new Map<string, Promise<Buffer>>()

  const load = async (sha256: string, size: number): Promise<Buffer> => {
    try {
      const bytes = await store.read(sha256)
      if (bytes.length !== size)
        throw new PlatformError('unavailable', `blob ${sha256} holds ${bytes.length} bytes instead of ${size}`)
      kept.set(sha256, bytes)
      return bytes
    } finally {
      reading.delete(sha256)
    }
  }

  return {
    peek: (sha256) => kept.get(sha256),
    read: (sha256, size) => {
      const known = reading.get(sha256) ?? load(sha256, size)
      reading.set(sha256, known)
      return known
    },
  }
}

const stores = new WeakMap<BlobStore, HotBlobs>()

/** The memory that goes with a store: all who send its blobs share it. */
export const hotBlobsOf = (store: BlobStore): HotBlobs => {
  const known = stores.get(store) ?? openHotBlobs(store)
  stores.set(store, known)
  return known
}

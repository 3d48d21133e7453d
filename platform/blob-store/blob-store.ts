import type { Readable } from 'node:stream'

/** Lower-case hex digests of the same bytes, computed in one pass while they stream in. */
export interface Digests {
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
  readonly sha512: string
}

export interface StoredBlob {
  /** Bytes. */
  readonly size: number
  readonly digests: Digests
}

export interface ByteRange {
  /** First byte, from 0. */
  readonly start: number
  /** Last byte, inclusive. */
  readonly end: number
}

export interface PutOptions {
  /** Refuses (digest-mismatch) and keeps nothing when the bytes turn out otherwise. */
  readonly expected?: Partial<Digests> & { readonly size?: number }
  /** Bytes after which the upload is cut off (digest-mismatch). */
  readonly maxSize?: number
  readonly signal?: AbortSignal
  /**
   * Called once when all bytes have arrived and are as expected, while they are still being made durable: what is derived
   * from the digests can be stored meanwhile. Only `put` tells whether the blob is kept.
   */
  readonly onReceived?: (blob: StoredBlob) => void
}

/** What the answer at a blob's address says of the bytes, instead of what the store would say by itself. */
export interface BlobAddressOptions {
  readonly contentType?: string
  readonly contentDisposition?: string
  readonly cacheControl?: string
}

/** Chunks are passed on, not copied: a source must not change them afterwards. */
export type BlobSource = Readable | AsyncIterable<Uint8Array> | Uint8Array

/**
 * The blob store port: bytes by their sha256. Every adapter passes `test/contracts/blob-store.ts`.
 * A blob is durable when `put` returns; a crash leaves no half blob; equal bytes are kept once.
 */
export interface BlobStore {
  /**
   * Streams the source in, never buffering it whole. A stream that was not read to its end is left to the caller, not destroyed,
   * so that a request can still be answered.
   * @throws {PlatformError} `digest-mismatch` | `unavailable`; what the source throws and the signal's reason pass through
   * unchanged. Nothing is left behind then.
   */
  put(source: BlobSource, options?: PutOptions): Promise<StoredBlob>

  /**
   * Renews the lease of a blob that is about to be named by an event, so that collection cannot take it meanwhile.
   * Returns its size in bytes, or undefined when no such blob exists.
   */
  claim(sha256: string): Promise<number | undefined>

  /** Size in bytes, or undefined. */
  size(sha256: string): Promise<number | undefined>

  /**
   * The bytes, or the inclusive range of them. The stream must be read to its end or destroyed.
   * @throws {PlatformError} `blob-missing` | `unavailable`
   * @throws {RangeError} the range does not lie within the blob; callers know its size
   */
  open(sha256: string, range?: ByteRange): Promise<Readable>

  /**
   * The bytes of a blob known to be small, in one read.
   * @throws {PlatformError} `blob-missing`
   */
  read(sha256: string): Promise<Buffer>

  /**
   * A URL that gives the blob, or a range of it, to anybody who asks by GET within some minutes. Whether the blob is there is not
   * looked up. Only of stores that clients can reach, and that the operator opened to them.
   * @throws {PlatformError} `unavailable`
   */
  address?(sha256: string, options?: BlobAddressOptions): Promise<string>

  /**
   * Removes what was begun and never ended, by whatever process, and is old enough that nobody still works on it. Returns how
   * many uploads went.
   * @throws {PlatformError} `unavailable`
   */
  sweep(): Promise<number>

  close(): Promise<void>
}

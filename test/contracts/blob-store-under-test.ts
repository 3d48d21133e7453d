import type { BlobStore } from '../../platform/blob-store/blob-store.ts'

export interface BlobStoreUnderTest {
  readonly store: BlobStore
  /** Whatever unfinished uploads have left in the store, by any name: temporary files, staging keys, open multipart uploads. */
  leftovers(): Promise<readonly string[]>
  /** Closes the store and removes all that it kept. */
  close(): Promise<void>
}

export interface BlobStoreAdapter {
  /** Opens an empty store. */
  open(): Promise<BlobStoreUnderTest>
  /** A module that exports `openInChild(argument): Promise<BlobStore>`, so that a child process can have a store to itself. */
  readonly childModule: URL
  /** What `openInChild` is given; the store that it names is removed by `end`. */
  childArgument(): Promise<{ readonly argument: string; end(): Promise<void> }>
}

/** The store of the running test; a function, because each test has a new one. */
export type Current = () => BlobStoreUnderTest

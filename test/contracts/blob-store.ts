import { afterEach, beforeEach, describe } from 'vitest'
import { memoryCases } from './blob-store-memory.ts'
import { putCases } from './blob-store-puts.ts'
import { readCases } from './blob-store-reads.ts'
import { refusalCases } from './blob-store-refusals.ts'
import type { BlobStoreAdapter, BlobStoreUnderTest, Current } from './blob-store-under-test.ts'

/** What every adapter of the blob store port keeps to. */
export const blobStoreContract = (name: string, adapter: BlobStoreAdapter): void => {
  describe(`the blob store port, by ${name}`, () => {
    let current: BlobStoreUnderTest | undefined
    beforeEach(async () => {
      current = await adapter.open()
    })
    afterEach(async () => {
      await current?.close()
      current = undefined
    })
    const get: Current = () => {
      if (!current) throw new Error('no store is open')
      return current
    }
    putCases(get)
    refusalCases(get)
    readCases(get)
    memoryCases(adapter)
  })
}

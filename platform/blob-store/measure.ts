import { PlatformError } from '../platform-error.ts'
import type { Digests, PutOptions, StoredBlob } from './blob-store.ts'
import { digestNames, startDigests } from './digests.ts'

/** Size and digests of the bytes that pass by, held against what `put` was told to expect. Shared by every adapter. */
export interface Measure {
  /** @throws {PlatformError} `digest-mismatch` as soon as the bytes are more than promised or allowed */
  add(chunk: Uint8Array): void
  /** @throws {PlatformError} `digest-mismatch` when size or digests differ from the expected ones */
  finish(): StoredBlob
}

const mismatch = (sentence: string): PlatformError => new PlatformError('digest-mismatch', sentence)

const check = (name: keyof Digests, expected: string | undefined, actual: string): void => {
  if (expected !== undefined && expected.toLowerCase() !== actual)
    throw mismatch(`the bytes received have ${name} ${actual}, expected ${expected.toLowerCase()}`)
}

export const startMeasure = ({ expected = {}, maxSize = Infinity }: PutOptions): Measure => {
  const running = startDigests()
  const promised = expected.size
  let size = 0

  const refuseSize = (bytes: number): void => {
    if (bytes > maxSize) throw mismatch(`the upload is larger than the ${maxSize} bytes allowed`)
    if (promised !== undefined && size > promised)
      throw mismatch(`the upload is larger than the ${promised} bytes promised`)
  }
  // A promise that cannot be kept is refused before the first byte is taken.
  refuseSize(promised ?? 0)

  return {
    add: (chunk) => {
      size += chunk.length
      refuseSize(size)
      running.update(chunk)
    },
    finish: () => {
      if (promised !== undefined && size !== promised)
        throw mismatch(`the upload ended after ${size} bytes, expected ${promised}`)
      const digests = running.finish()
      for (const name of digestNames) check(name, expected[name], digests[name])
      return { size, digests }
    },
  }
}

import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Digests } from '../../platform/blob-store/blob-store.ts'

/** Bytes that look random and are the same in every run. */
export const bytesOf = (size: number, seed = 1): Buffer => {
  const bytes = Buffer.allocUnsafe(size)
  let state = seed >>> 0 || 1
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

const hex = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex')

export const sha256Of = (bytes: Uint8Array): string => hex('sha256', bytes)

export const expectedDigests = (bytes: Uint8Array): Digests => ({
  md5: hex('md5', bytes),
  sha1: hex('sha1', bytes),
  sha256: hex('sha256', bytes),
  sha512: hex('sha512', bytes),
})

/** The bytes cut at the given offsets, which need no order. */
export const cutAt = (bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] => {
  const edges = [0, ...offsets.map((offset) => Math.min(offset, bytes.length)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
}

export const collect = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

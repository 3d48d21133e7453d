import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { bytesOf } from '../../test/contracts/blob-store-bytes.ts'
import { chunksOf, LARGEST_CHUNK } from './chunks.ts'

const sizesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<number[]> => {
  const sizes: number[] = []
  for await (const chunk of chunks) sizes.push(chunk.length)
  return sizes
}

const large = bytesOf(2 * LARGEST_CHUNK + 5)

it('cuts what is too large to be hashed in one go, from any kind of source', async () => {
  const sizes = [LARGEST_CHUNK, LARGEST_CHUNK, 5]
  expect(await sizesOf(chunksOf(large))).toEqual(sizes)
  expect(await sizesOf(chunksOf(Readable.from([large])))).toEqual(sizes)
})

it('passes small chunks on as they are and drops empty ones', async () => {
  const source = Readable.from([Buffer.alloc(3), Buffer.alloc(0), Buffer.alloc(7)])
  expect(await sizesOf(chunksOf(source))).toEqual([3, 7])
  expect(await sizesOf(chunksOf(new Uint8Array()))).toEqual([])
})

it('leaves no listener on a signal that outlives the source', async () => {
  const { signal } = new AbortController()
  const source = Readable.from([Buffer.alloc(3)])
  for await (const _ of chunksOf(source, signal)) expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

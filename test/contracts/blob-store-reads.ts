import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Current } from './blob-store-under-test.ts'
import { bytesOf, collect, sha256Of } from './blob-store-bytes.ts'

export const readCases = (current: Current): void => {
  describe('sweep', () => {
    it('leaves alone what is kept, and what came a moment ago', async () => {
      const { digests } = await current().store.put(bytesOf(70_000))
      expect(await current().store.sweep()).toBe(0)
      expect(await current().store.size(digests.sha256)).toBe(70_000)
    })
  })

  describe('open', () => {
    const size = 300_000
    const bytes = bytesOf(size)
    const sha256 = sha256Of(bytes)

    it.each([
      ['the first byte', 0, 0],
      ['the last byte', size - 1, size - 1],
      ['all bytes', 0, size - 1],
      ['some in the middle', 1_000, 250_000],
    ])('gives %s', async (_, start, end) => {
      await current().store.put(bytes)
      const part = await collect(await current().store.open(sha256, { start, end }))
      expect(part.equals(bytes.subarray(start, end + 1))).toBe(true)
    })

    it.each([
      ['ends behind the last byte', 0, size],
      ['begins behind the last byte', size, size],
      ['ends before it begins', 5, 4],
      ['begins before the first byte', -1, 4],
      ['is not of whole numbers', 0.5, 4],
    ])('refuses a range that %s', async (_, start, end) => {
      await current().store.put(bytes)
      await expect(current().store.open(sha256, { start, end })).rejects.toBeInstanceOf(RangeError)
    })

    it('gives the empty blob, which has no range', async () => {
      const { digests } = await current().store.put(new Uint8Array())
      expect(await collect(await current().store.open(digests.sha256))).toEqual(Buffer.alloc(0))
      expect(await current().store.size(digests.sha256)).toBe(0)
      const range = { start: 0, end: 0 }
      await expect(current().store.open(digests.sha256, range)).rejects.toBeInstanceOf(RangeError)
    })

    it('lets a reader go away in the middle', async () => {
      await current().store.put(bytes)
      const stream = await current().store.open(sha256)
      await once(stream, 'readable')
      stream.destroy()
      await once(stream, 'close')
      expect((await current().store.read(sha256)).equals(bytes)).toBe(true)
    })
  })

  describe('a blob that is not there', () => {
    // What clients send as a digest reaches the store as it is.
    const names = ['0'.repeat(64), '', '..', '../../etc/passwd', 'F'.repeat(64), '0'.repeat(63), `${'0'.repeat(64)}\n`]
    it.each(names)('is missing under the name %j', async (name) => {
      const { store } = current()
      expect(await store.size(name)).toBeUndefined()
      expect(await store.claim(name)).toBeUndefined()
      await expect(store.read(name)).rejects.toMatchObject({ code: 'blob-missing' })
      await expect(store.open(name)).rejects.toMatchObject({ code: 'blob-missing' })
      await expect(store.open(name, { start: 0, end: 0 })).rejects.toMatchObject({ code: 'blob-missing' })
    })
  })

  it('claims a blob that is there, with its size', async () => {
    const { digests } = await current().store.put(bytesOf(1234))
    expect(await current().store.claim(digests.sha256)).toBe(1234)
    expect(await current().store.size(digests.sha256)).toBe(1234)
  })

  it('refuses to take or claim anything once it is closed', async () => {
    const { store } = current()
    const { digests } = await store.put(bytesOf(10))
    await store.close()
    await expect(store.put(bytesOf(11))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.claim(digests.sha256)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await current().leftovers()).toEqual([])
  })
}

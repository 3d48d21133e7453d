import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Current } from './blob-store-under-test.ts'
import { bytesOf, collect, cutAt, expectedDigests, sha256Of } from './blob-store-bytes.ts'

// Published test vectors (RFC 1321, FIPS 180), so that the store is not only held against the library it may itself use.
const abc = {
  md5: '900150983cd24fb0d6963f7d28e17f72',
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
}
const millionTimesA = {
  md5: '7707d6ae4e027c70eea2a935c2296f21',
  sha1: '34aa973cd4c4daa4f61eeb2bdbad27316534016f',
  sha256: 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  sha512:
    'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b',
}
const nothing = {
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  sha512:
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
}

export const putCases = (current: Current): void => {
  describe('put', () => {
    it.each([
      ['three bytes', Buffer.from('abc'), abc],
      ['a million bytes', Buffer.alloc(1_000_000, 'a'), millionTimesA],
      ['no bytes', Buffer.alloc(0), nothing],
    ])(
      'answers with the size and the published digests of %s, from bytes and from a stream',
      async (_, bytes, digests) => {
        const { store } = current()
        expect(await store.put(bytes)).toEqual({ size: bytes.length, digests })
        expect(await store.put(Readable.from(cutAt(bytes, [1, 70_000, 700_000])))).toEqual({
          size: bytes.length,
          digests,
        })
        expect(await store.read(digests.sha256)).toEqual(bytes)
      },
    )

    it('takes a view into a larger buffer as just its own bytes', async () => {
      const { store } = current()
      const view = new Uint8Array(bytesOf(1000).buffer, 0, 1000).subarray(100, 200)
      const { digests } = await store.put(view)
      expect(digests.sha256).toBe(sha256Of(view))
      expect(await store.read(digests.sha256)).toEqual(Buffer.from(view))
    })

    it('keeps any bytes, cut into any chunks, and gives back any range of them', async () => {
      const { store } = current()
      const sizes = fc.oneof(fc.nat(300), fc.integer({ min: 60_000, max: 600_000 }))
      const cuts = fc.array(fc.nat(600_000), { maxLength: 12 })
      const property = fc.asyncProperty(
        sizes,
        fc.nat(),
        cuts,
        fc.nat(),
        fc.nat(),
        async (size, seed, offsets, one, other) => {
          const bytes = bytesOf(size, seed)
          const blob = await store.put(Readable.from(cutAt(bytes, offsets)))
          expect(blob).toEqual({ size, digests: expectedDigests(bytes) })
          expect((await collect(await store.open(blob.digests.sha256))).equals(bytes)).toBe(true)
          if (size === 0) return
          const [start = 0, end = 0] = [one % size, other % size].sort((a, b) => a - b)
          const part = await collect(await store.open(blob.digests.sha256, { start, end }))
          expect(part.equals(bytes.subarray(start, end + 1))).toBe(true)
        },
      )
      await fc.assert(property, { numRuns: 60 })
      expect(await current().leftovers()).toEqual([])
    })

    it('keeps equal bytes once, however they come', async () => {
      const { store, leftovers } = current()
      for (const bytes of [bytesOf(3000), bytesOf(400_000)]) {
        const first = await store.put(bytes)
        expect(await store.put(Readable.from([bytes]))).toEqual(first)
        expect(await store.put(bytes)).toEqual(first)
        expect((await store.read(first.digests.sha256)).equals(bytes)).toBe(true)
      }
      expect(await leftovers()).toEqual([])
    })

    it('tells the digests once, before it is done, and not of bytes that are refused', async () => {
      const { store } = current()
      const told: unknown[] = []
      const put = store.put(Buffer.from('abc'), { onReceived: (blob) => told.push(blob) }).then((blob) => {
        expect(told).toEqual([blob])
        return blob
      })
      expect((await put).digests).toEqual(abc)
      const refused = store.put(Buffer.from('abc'), {
        expected: { md5: '0'.repeat(32) },
        onReceived: (blob) => told.push(blob),
      })
      await expect(refused).rejects.toMatchObject({ code: 'digest-mismatch' })
      expect(told).toHaveLength(1)
    })

    it('takes equal bytes from many at once', async () => {
      const { store, leftovers } = current()
      const bytes = bytesOf(300_000)
      const puts = Array.from({ length: 20 }, (_, index) =>
        store.put(index % 2 ? bytes : Readable.from(cutAt(bytes, [index]))),
      )
      for (const blob of await Promise.all(puts))
        expect(blob).toEqual({ size: bytes.length, digests: expectedDigests(bytes) })
      expect((await store.read(sha256Of(bytes))).equals(bytes)).toBe(true)
      expect(await leftovers()).toEqual([])
    })

    it('takes different bytes from many at once', async () => {
      const { store } = current()
      const all = Array.from({ length: 60 }, (_, index) => bytesOf(index % 3 ? 500 + index : 150_000 + index, index))
      await Promise.all(all.map((bytes) => store.put(bytes)))
      for (const bytes of all) expect((await store.read(sha256Of(bytes))).equals(bytes)).toBe(true)
    })

    it('accepts bytes that are what was expected, in either case of the digits', async () => {
      const { store } = current()
      const bytes = bytesOf(2000)
      const digests = expectedDigests(bytes)
      const expected = { ...digests, sha512: digests.sha512.toUpperCase(), size: 2000 }
      expect(await store.put(bytes, { expected, maxSize: 2000 })).toEqual({ size: 2000, digests })
    })
  })
}

import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type S3Fixture, startS3Fixture } from '../../../test/blob-store/s3-fixture.ts'
import { keysBelow, openStore, type S3Place, unfinishedBelow } from '../../../test/blob-store/s3-store.ts'
import { bytesOf, collect, cutAt, expectedDigests, sha256Of } from '../../../test/contracts/blob-store-bytes.ts'
import type { Fault } from '../../../test/s3/faulty-proxy.ts'
import { operationOf } from '../../../test/s3/s3-requests.ts'
import { need } from '../../../test/servers.ts'
import type { BlobStore } from '../blob-store.ts'
import type { S3BlobStoreOptions } from './s3-blob-store.ts'

const MIB = 1024 * 1024
const versitygw = await need('versitygw')

describe.skipIf(versitygw.missing)('the S3 blob store, when its server', () => {
  let s3: S3Fixture
  let place: S3Place
  let store: BlobStore

  const reopen = async (options: Partial<S3BlobStoreOptions>): Promise<void> => {
    await store.close()
    store = await openStore(place, options)
  }

  beforeAll(async () => {
    s3 = await startS3Fixture()
  })
  beforeEach(async () => {
    s3.proxy.fault(() => undefined)
    place = s3.newPlace()
    store = await openStore(place)
  })
  afterEach(() => store.close())
  afterAll(() => s3.close())

  /** Each such operation meets the fault, `times` times. */
  const spoil = (operation: string, fault: Fault, times = Infinity): void => {
    let left = times
    s3.proxy.fault((request) => {
      if (operationOf(request) !== operation || left <= 0) return undefined
      left -= 1
      return fault
    })
  }
  const blobs = (): Promise<string[]> => keysBelow(s3.client, s3.bucket, `${place.prefix}blobs/`)
  const unfinished = (): Promise<string[]> => unfinishedBelow(s3.client, s3.bucket, place.prefix)
  const expectKept = async (bytes: Buffer): Promise<void> => {
    expect((await collect(await store.open(sha256Of(bytes)))).equals(bytes)).toBe(true)
  }
  const expectRefusedAndRepeated = async (bytes: Buffer, source: () => Readable | Buffer): Promise<void> => {
    await expect(store.put(source())).rejects.toMatchObject({ code: 'unavailable' })
    expect(await blobs()).toEqual([])
    s3.proxy.fault(() => undefined)
    expect(await store.put(source())).toEqual({ size: bytes.length, digests: expectedDigests(bytes) })
    await expectKept(bytes)
  }

  const small = bytesOf(3_000, 11)
  const large = bytesOf(20 * MIB, 12)
  const inChunks = (): Readable => Readable.from(cutAt(large, [MIB, 5 * MIB, 11 * MIB]))

  describe('answers 503', () => {
    const busy: Fault = { kind: 'answer', status: 503, code: 'ServiceUnavailable' }

    it.each(['PutObject', 'HeadObject'])('three times to %s, keeps a small blob all the same', async (operation) => {
      spoil(operation, busy, 3)
      await store.put(bytesOf(500_000, 13))
      await expectKept(bytesOf(500_000, 13))
    })

    it.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'CopyObject'])(
      'three times to %s, keeps a large blob all the same',
      async (operation) => {
        spoil(operation, busy, 3)
        await store.put(inChunks())
        await expectKept(large)
        expect(await unfinished()).toEqual([])
      },
    )

    it('for as long as anybody tries, refuses a small blob, keeps nothing, and takes it later', async () => {
      spoil('PutObject', busy)
      await expectRefusedAndRepeated(small, () => small)
    })

    it.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'CopyObject'])(
      'to %s for as long as anybody tries, refuses a large blob, keeps nothing, and takes it later',
      async (operation) => {
        spoil(operation, busy)
        await expect(store.put(inChunks())).rejects.toMatchObject({ code: 'unavailable' })
        expect([await blobs(), await unfinished()]).toEqual([[], []])
        await expectRefusedAndRepeated(large, inChunks)
      },
    )

    it('to copies in pieces, refuses the blob and leaves nothing', async () => {
      await reopen({ sizes: { copied: 6 * MIB } })
      spoil('UploadPartCopy', busy)
      await expect(store.put(inChunks())).rejects.toMatchObject({ code: 'unavailable' })
      expect([await blobs(), await unfinished()]).toEqual([[], []])
      await expectRefusedAndRepeated(large, inChunks)
    })

    it('and asks for fewer requests, is asked again', async () => {
      spoil('HeadObject', { kind: 'answer', status: 503, code: 'SlowDown' }, 2)
      s3.proxy.seen()
      expect(await store.size(sha256Of(small))).toBeUndefined()
      expect(s3.proxy.seen().filter((request) => operationOf(request) === 'HeadObject')).toHaveLength(3)
    })

    it('to a read for as long as anybody tries, says so', async () => {
      await store.put(small)
      spoil('GetObject', busy)
      const failure = { code: 'unavailable', message: 'the server of the blob store failed (503 ServiceUnavailable)' }
      await expect(store.read(sha256Of(small))).rejects.toMatchObject(failure)
      await expect(store.open(sha256Of(small))).rejects.toMatchObject(failure)
    })
  })

  describe('cuts connections', () => {
    it('in the middle of uploads, is sent them again', async () => {
      spoil('UploadPart', { kind: 'cut-upload', after: 2 * MIB }, 4)
      await store.put(inChunks())
      await expectKept(large)
      spoil('PutObject', { kind: 'cut-upload', after: 1_000 }, 2)
      await store.put(small)
      await expectKept(small)
      expect(await unfinished()).toEqual([])
    })

    it('in the middle of every upload, refuses the blob and leaves nothing', async () => {
      spoil('UploadPart', { kind: 'cut-upload', after: 2 * MIB })
      await expect(store.put(inChunks())).rejects.toMatchObject({ code: 'unavailable' })
      expect([await blobs(), await unfinished()]).toEqual([[], []])
    })

    it.each(['PutObject', 'UploadPart', 'CompleteMultipartUpload', 'CopyObject', 'DeleteObject'])(
      'instead of answering %s that it has done, keeps each blob once',
      async (operation) => {
        spoil(operation, { kind: 'lose-answer' }, 2)
        await store.put(inChunks())
        await store.put(small)
        await expectKept(large)
        await expectKept(small)
        expect(await blobs()).toHaveLength(2)
        expect(await unfinished()).toEqual([])
      },
    )

    it('instead of every answer to a completed upload, refuses a blob that was promised or keeps it whole', async () => {
      spoil('CompleteMultipartUpload', { kind: 'lose-answer' })
      await expect(store.put(inChunks())).rejects.toMatchObject({ code: 'unavailable' })
      expect([await blobs(), await unfinished()]).toEqual([[], []])
      const expected = { sha256: sha256Of(large) }
      await expect(store.put(inChunks(), { expected })).rejects.toMatchObject({ code: 'unavailable' })
      await expectKept(large)
    })

    it('in the middle of a download, is an error for the reader, never an end', async () => {
      await store.put(large)
      spoil('GetObject', { kind: 'cut-download', after: 3 * MIB })
      const stream = await store.open(sha256Of(large))
      let received = 0
      const reading = (async () => {
        for await (const chunk of stream) received += (chunk as Buffer).length
      })()
      await expect(reading).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/^a blob broke off after \d+ of 20971520 bytes$/) as string,
      })
      expect(received).toBeLessThanOrEqual(3 * MIB)
      await expect(store.read(sha256Of(large))).rejects.toMatchObject({ code: 'unavailable' })
    })

    it('in the middle of a small read, is asked again', async () => {
      await store.put(small)
      spoil('GetObject', { kind: 'cut-download', after: 1_000 }, 2)
      expect((await store.read(sha256Of(small))).equals(small)).toBe(true)
    })
  })

  describe('is silent', () => {
    beforeEach(() => reopen({ idleMs: 400 }))

    it.each(['HeadObject', 'PutObject', 'UploadPart', 'GetObject'])('after %s, is asked again', async (operation) => {
      spoil(operation, { kind: 'silence' }, 2)
      await store.put(inChunks())
      await store.put(small)
      await expectKept(large)
    })

    it('in the middle of a download, is an error for the reader', async () => {
      await store.put(large)
      spoil('GetObject', { kind: 'stall-download', after: 3 * MIB })
      await expect(collect(await store.open(sha256Of(large)))).rejects.toMatchObject({ code: 'unavailable' })
    })

    it('because the reader of a download is slow, nothing happens', async () => {
      await store.put(large)
      const stream = await store.open(sha256Of(large))
      await once(stream, 'readable')
      await pause(1_000) // longer than the server may be silent
      expect((await collect(stream)).equals(large)).toBe(true)
    })

    it('and the caller gives up, takes the upload back at once', async () => {
      await reopen({})
      spoil('UploadPart', { kind: 'silence' })
      const abort = new AbortController()
      const source = new PassThrough({ highWaterMark: 64 * MIB })
      source.end(large)
      const put = store.put(source, { signal: abort.signal })
      await expect.poll(() => s3.proxy.seen().some((request) => operationOf(request) === 'UploadPart')).toBe(true)
      const reason = new Error('the client went away')
      abort.abort(reason)
      await expect(put).rejects.toBe(reason)
      expect([await blobs(), await unfinished()]).toEqual([[], []])
    })
  })

  it('is killed in the middle of an upload and comes back, keeps what it acknowledged and nothing else', async () => {
    await store.put(small)
    const source = new PassThrough({ highWaterMark: MIB })
    const put = store.put(source)
    source.write(large.subarray(0, 10 * MIB))
    await expect.poll(() => s3.proxy.seen().some((request) => operationOf(request) === 'UploadPart')).toBe(true)
    await s3.server.kill()
    source.end(large.subarray(10 * MIB))
    await expect(put).rejects.toMatchObject({ code: 'unavailable' })
    await s3.server.restart()
    await expectKept(small)
    expect(await blobs()).toHaveLength(1)
    await store.put(inChunks())
    await expectKept(large)
  })

  it(
    'fails at random under many puts at once, keeps all that it acknowledged, whole',
    { timeout: 120_000 },
    async () => {
      await reopen({ idleMs: 2_000, sizes: { held: 200_000 } })
      const faults: Fault[] = [
        { kind: 'answer', status: 503, code: 'ServiceUnavailable' },
        { kind: 'answer', status: 500, code: 'InternalError' },
        { kind: 'cut-upload', after: 500 },
        { kind: 'lose-answer' },
        { kind: 'cut-download', after: 100 },
        { kind: 'delay', ms: 50 },
      ]
      let turn = 0
      // Half of all requests are spoilt, in an order that is the same in every run as far as theirs is.
      s3.proxy.fault(() => faults[(turn += 7) % (2 * faults.length)])
      const all = Array.from({ length: 120 }, (_, index) =>
        bytesOf(index % 4 === 0 ? 400_000 : 2_000 + index, index + 100),
      )
      const outcomes: { bytes: Buffer; kept: boolean }[] = []
      const lanes = Array.from({ length: 12 }, async () => {
        for (let bytes = all.pop(); bytes !== undefined; bytes = all.pop()) {
          const kept = await store.put(Readable.from([bytes])).then(
            () => true,
            (error: unknown) => {
              expect(error).toMatchObject({ code: 'unavailable' })
              return false
            },
          )
          outcomes.push({ bytes, kept })
        }
      })
      await Promise.all(lanes)
      s3.proxy.fault(() => undefined)
      expect(outcomes.some(({ kept }) => kept)).toBe(true)
      expect(outcomes.some(({ kept }) => !kept)).toBe(true)
      for (const { bytes, kept } of outcomes) {
        if (kept) expect(await store.size(sha256Of(bytes))).toBe(bytes.length)
        else await store.put(bytes)
        await expectKept(bytes)
      }
    },
  )
})

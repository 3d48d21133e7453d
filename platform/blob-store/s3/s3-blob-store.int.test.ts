import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type S3Fixture, startS3Fixture } from '../../../test/blob-store/s3-fixture.ts'
import { keysBelow, openStore, type S3Place, unfinishedBelow } from '../../../test/blob-store/s3-store.ts'
import { bytesOf, collect, cutAt, expectedDigests, sha256Of } from '../../../test/contracts/blob-store-bytes.ts'
import { operationOf } from '../../../test/s3/s3-requests.ts'
import { need } from '../../../test/servers.ts'
import type { BlobStore } from '../blob-store.ts'
import type { S3BlobStoreOptions } from './s3-blob-store.ts'

const MIB = 1024 * 1024
const HOUR = 3_600_000
const versitygw = await need('versitygw')

describe.skipIf(versitygw.missing)('the S3 blob store', () => {
  let s3: S3Fixture
  let place: S3Place
  const opened: BlobStore[] = []

  beforeAll(async () => {
    s3 = await startS3Fixture()
  })
  beforeEach(() => {
    s3.proxy.fault(() => undefined)
    place = s3.newPlace()
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })
  afterAll(() => s3.close())

  /** Opened, its first sweep done. */
  const open = async (options: Partial<S3BlobStoreOptions> = {}): Promise<BlobStore> => {
    const store = await openStore(place, options)
    opened.push(store)
    await expect.poll(() => operations()).toContain('ListObjectsV2')
    return store
  }

  const seen: string[] = []
  /** Those since the last `forget`. */
  const operations = (): string[] => {
    seen.push(...s3.proxy.seen().map(operationOf))
    return [...seen]
  }
  /** What the store asked for while it did the work, without the looking round of its beginning. */
  const during = async (work: () => Promise<unknown>): Promise<string[]> => {
    operations()
    seen.length = 0
    await work()
    return operations().filter((operation) => !operation.startsWith('List'))
  }
  const keyOf = (sha256: string): string => `${place.prefix}blobs/${sha256.slice(0, 2)}/${sha256}`

  it('keeps its blobs from one opening to the next, under their digest below the prefix', async () => {
    const first = await open()
    const { digests } = await first.put(Buffer.from('kept'))
    const second = await open()
    expect(await second.read(digests.sha256)).toEqual(Buffer.from('kept'))
    expect(await keysBelow(s3.client, s3.bucket, place.prefix)).toEqual([keyOf(digests.sha256)])
  })

  it('takes a small new blob in one request, and the same again in two more', async () => {
    const store = await open()
    const bytes = bytesOf(9_000, 3)
    expect(await during(() => store.put(bytes))).toEqual(['PutObject'])
    expect(await during(() => store.put(bytes))).toEqual(['PutObject', 'HeadObject'])
  })

  it('asks for a larger blob before it sends it', async () => {
    const store = await open()
    const bytes = bytesOf(600_000, 3)
    expect(await during(() => store.put(bytes))).toEqual(['HeadObject', 'PutObject'])
    expect(await during(() => store.put(bytes))).toEqual(['HeadObject'])
  })

  it('sends what is larger than it may hold in parts to a staging key, and has it copied', async () => {
    const store = await open()
    const bytes = bytesOf(18 * MIB, 5)
    const asked = await during(async () => {
      expect(await store.put(Readable.from(cutAt(bytes, [MIB, 7 * MIB])))).toMatchObject({ size: bytes.length })
    })
    expect(asked.sort()).toEqual([
      ...['CompleteMultipartUpload', 'CopyObject', 'CreateMultipartUpload', 'DeleteObject', 'HeadObject'],
      ...['UploadPart', 'UploadPart', 'UploadPart'],
    ])
    expect((await collect(await store.open(sha256Of(bytes)))).equals(bytes)).toBe(true)
    expect(await unfinishedBelow(s3.client, s3.bucket, place.prefix)).toEqual([])
  })

  it('neither copies nor stages a large blob whose digest was promised', async () => {
    const store = await open()
    const bytes = bytesOf(9 * MIB, 6)
    const expected = { sha256: sha256Of(bytes).toUpperCase() }
    const asked = await during(() => store.put(Readable.from([bytes]), { expected }))
    expect(asked.sort()).toEqual([
      ...['CompleteMultipartUpload', 'CreateMultipartUpload', 'HeadObject', 'UploadPart', 'UploadPart'],
    ])
    expect((await store.read(sha256Of(bytes))).equals(bytes)).toBe(true)
  })

  it('sends nothing of a large blob that is there, when its digest and size were promised', async () => {
    const store = await open()
    const bytes = bytesOf(9 * MIB, 6)
    await store.put(bytes)
    const expected = { sha256: sha256Of(bytes), size: bytes.length }
    const put = () => store.put(Readable.from(cutAt(bytes, [5, MIB])), { expected })
    expect(await during(put)).toEqual(['HeadObject', 'HeadObject'])
    expect(await put()).toEqual({ size: bytes.length, digests: expectedDigests(bytes) })
    const lie = { expected: { sha256: sha256Of(bytes), size: bytes.length } }
    await expect(store.put(bytesOf(9 * MIB, 7), lie)).rejects.toMatchObject({ code: 'digest-mismatch' })
  })

  it('has a blob copied in pieces when it is larger than one request should copy', async () => {
    const store = await open({ sizes: { copied: 6 * MIB } })
    const bytes = bytesOf(20 * MIB, 8)
    const asked = await during(() => store.put(Readable.from([bytes])))
    expect(asked.filter((operation) => operation === 'UploadPartCopy')).toHaveLength(4)
    expect(asked).not.toContain('CopyObject')
    expect((await collect(await store.open(sha256Of(bytes)))).equals(bytes)).toBe(true)
    expect(await unfinishedBelow(s3.client, s3.bucket, place.prefix)).toEqual([])
  })

  it('renews the lease of a blob by a claim and by a put of the same bytes, once an hour', async () => {
    let later = 0
    const store = await open({ clock: { now: () => Date.now() + later } })
    const bytes = Buffer.from('leased')
    const { digests } = await store.put(bytes)
    const lease = `${place.prefix}leases/${digests.sha256.slice(0, 2)}/${digests.sha256}`
    const claim = () => store.claim(digests.sha256)

    expect(await during(claim)).toEqual(['HeadObject'])
    later = 2 * HOUR
    expect(await during(claim)).toEqual(['HeadObject', 'PutObject', 'HeadObject'])
    expect(await keysBelow(s3.client, s3.bucket, `${place.prefix}leases/`)).toEqual([lease])
    expect(await during(claim)).toEqual(['HeadObject'])
    later = 4 * HOUR
    expect(await during(() => store.put(bytes))).toEqual(['PutObject', 'HeadObject', 'PutObject', 'HeadObject'])
    expect(await during(() => store.claim('0'.repeat(64)))).toEqual(['HeadObject'])
  })

  it('replaces a blob that was spoilt behind its back, and says so', async () => {
    const warnings: unknown[] = []
    const log = { info: () => undefined, warn: (fields: unknown) => void warnings.push(fields) }
    const store = await open({ log })
    for (const bytes of [Buffer.from('whole bytes'), bytesOf(9 * MIB)]) {
      const { sha256 } = (await store.put(bytes)).digests
      await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: keyOf(sha256), Body: 'who' }))
      await store.put(bytes, { expected: { sha256 } })
      expect((await store.read(sha256)).equals(bytes)).toBe(true)
      expect(warnings.pop()).toEqual({ sha256, present: 3, size: bytes.length })
    }
  })

  it('has the server compare what arrives with the digest that the request is signed with', async () => {
    const store = await open({ sizes: { held: 0 } })
    operations()
    const sent: string[] = []
    s3.proxy.fault(({ headers, url }) => {
      if (url.includes('partNumber')) sent.push(String(headers['x-amz-content-sha256']))
      return undefined
    })
    const bytes = bytesOf(1000)
    await store.put(bytes)
    expect(sent).toEqual([sha256Of(bytes)])
  })

  it('works on a server that knows no conditional writes, and asks it for one only once', async () => {
    const store = await open()
    s3.proxy.fault(({ headers }) =>
      headers['if-none-match'] === undefined ? undefined : { kind: 'answer', status: 501, code: 'NotImplemented' },
    )
    expect(await during(() => store.put(Buffer.from('one')))).toEqual(['PutObject', 'HeadObject', 'PutObject'])
    expect(await during(() => store.put(Buffer.from('two')))).toEqual(['HeadObject', 'PutObject'])
    expect(String(await store.read(sha256Of(Buffer.from('one'))))).toBe('one')
  })

  it('gives no address unless clients may be sent to the server', async () => {
    expect((await open()).address).toBeUndefined()
  })

  it('gives an address at which anybody gets the blob for a while, with the headers that were asked for', async () => {
    const store = await open({ redirect: true })
    const bytes = bytesOf(5_000)
    const { digests } = await store.put(bytes)
    const contentDisposition = `attachment; filename="a 'b'.tgz"; filename*=UTF-8''%C3%A4.tgz`
    const options = { contentType: 'application/gzip', contentDisposition, cacheControl: 'private, max-age=60' }
    const address = (await store.address?.(digests.sha256, options)) ?? ''
    expect(Number(new URL(address).searchParams.get('X-Amz-Expires'))).toBe(300)

    const answer = await fetch(address)
    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': contentDisposition,
      'cache-control': 'private, max-age=60',
    })
    const part = await fetch(address, { headers: { range: 'bytes=10-19' } })
    expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, bytes.subarray(10, 20)])
    const other = await fetch(address.replace(digests.sha256, '0'.repeat(64)))
    expect(other.status).toBe(403)
    await other.body?.cancel()
    await expect(store.address?.('../secret')).rejects.toMatchObject({ code: 'blob-missing' })
  })

  it('writes nothing to a bucket by looking at it', async () => {
    const store = await open()
    await store.claim('0'.repeat(64))
    await store.size('0'.repeat(64))
    await expect(s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: place.prefix }))).rejects.toMatchObject(
      { name: 'NotFound' },
    )
    expect(await keysBelow(s3.client, s3.bucket, place.prefix)).toEqual([])
  })
})

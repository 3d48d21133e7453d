import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type S3Fixture, startS3Fixture } from '../../../test/blob-store/s3-fixture.ts'
import { keysBelow, openStore, type S3Place, unfinishedBelow } from '../../../test/blob-store/s3-store.ts'
import { need } from '../../../test/servers.ts'
import { connect } from './connection.ts'
import { layoutOf } from './layout.ts'
import { sweepUploads } from './sweep.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const versitygw = await need('versitygw')

describe.skipIf(versitygw.missing)('unfinished uploads in a bucket', () => {
  let s3: S3Fixture
  let place: S3Place

  beforeAll(async () => {
    s3 = await startS3Fixture()
  })
  afterAll(() => s3.close())

  /** As a process leaves them that was killed: some staged, some in parts, to both kinds of keys. */
  const abandon = async (count: number): Promise<void> => {
    const Bucket = s3.bucket
    for (let index = 0; index < count; index += 1) {
      await s3.client.send(new PutObjectCommand({ Bucket, Key: `${place.prefix}incoming/staged-${index}`, Body: 'x' }))
      for (const folder of ['incoming', 'blobs/00'])
        await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key: `${place.prefix}${folder}/${index}` }))
    }
  }
  const unfinished = () => unfinishedBelow(s3.client, s3.bucket, place.prefix)
  const sweep = async (before: number, pageSize = 2): Promise<number> => {
    const location = { ...place, forcePathStyle: true, redirect: false }
    const connection = connect(location, place.credentials, 10_000)
    const { signal } = new AbortController()
    return sweepUploads(connection, layoutOf(place.prefix), { before, signal, pageSize }).finally(connection.close)
  }

  beforeEach(() => {
    s3.proxy.fault(() => undefined)
    place = s3.newPlace()
  })

  it('go, however many pages of them there are, and nothing else does', async () => {
    await abandon(5)
    const neighbour = { ...place, prefix: s3.newPlace().prefix }
    const elsewhere = [`${place.prefix}blobs/00/kept`, `${neighbour.prefix}incoming/other`]
    for (const Key of elsewhere) await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key, Body: 'kept' }))
    expect(await unfinished()).toHaveLength(15)
    expect(await sweep(Date.now() + HOUR)).toBe(15)
    expect(await unfinished()).toEqual([])
    for (const [index, { prefix }] of [place, neighbour].entries())
      expect(await keysBelow(s3.client, s3.bucket, prefix)).toEqual([elsewhere[index]])
  })

  it('stay when they are young', async () => {
    await abandon(1)
    expect(await sweep(Date.now() - HOUR)).toBe(0)
    expect(await unfinished()).toHaveLength(3)
  })

  it('go once, by several who sweep at the same time', async () => {
    await abandon(6)
    await Promise.all([1, 2, 3].map(() => sweep(Date.now() + HOUR)))
    expect(await unfinished()).toEqual([])
  })

  it('go a day after they were begun, when a store is asked for it or opened', async () => {
    await abandon(1)
    let later = DAY - HOUR
    const said: unknown[] = []
    const log = { info: (fields: unknown) => void said.push(fields), warn: () => undefined }
    const clock = { now: () => Date.now() + later }
    const store = await openStore(place, { log, clock })
    expect(await store.sweep()).toBe(0)
    expect(await unfinished()).toHaveLength(3)
    later = DAY + HOUR
    expect(await store.sweep()).toBe(3)
    expect(await unfinished()).toEqual([])
    await store.close()

    await abandon(1)
    const next = await openStore(place, { log, clock })
    await expect.poll(unfinished).toEqual([])
    await expect.poll(() => said).toEqual([{ swept: 3 }])
    await next.close()
  })

  it('that cannot be listed are a warning, and the store works', async () => {
    const warned: unknown[] = []
    const log = { info: () => undefined, warn: (fields: unknown) => void warned.push(fields) }
    s3.proxy.fault(({ url }) =>
      /[?&]uploads/.test(url) ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined,
    )
    const store = await openStore(place, { log })
    await expect.poll(() => warned).toMatchObject([{ err: { code: 'unavailable' } }])
    expect((await store.put(Buffer.from('works'))).size).toBe(5)
    await store.close()
  })
})

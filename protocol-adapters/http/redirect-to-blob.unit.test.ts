import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { BlobAddressOptions, BlobStore } from '../../platform/blob-store/blob-store.ts'
import { blobAnswer } from './blob-answer.ts'
import { blobAddress, SMALLEST_REDIRECTED } from './redirect-to-blob.ts'

const sha256 = 'ab'.repeat(32)
const size = 3 * SMALLEST_REDIRECTED
const stored = { sha256, size, contentType: 'application/gzip', fileName: 'a.tgz', disposition: 'attachment' } as const

interface Asked {
  readonly method?: string
  readonly headers?: IncomingHttpHeaders
  readonly hostname?: string
  readonly blob?: Partial<Parameters<typeof blobAnswer>[2]>
}

const redirected = async (asked: Asked = {}, addresses = true): Promise<BlobAddressOptions | undefined> => {
  const { method = 'GET', headers = {}, hostname = 'waybill.example' } = asked
  const told: BlobAddressOptions[] = []
  const address = (_: string, options: BlobAddressOptions = {}): Promise<string> => {
    told.push(options)
    return Promise.resolve('https://storage.example:9000/blobs/x?X-Amz-Signature=y')
  }
  const store = (addresses ? { address } : {}) as BlobStore
  const answer = blobAnswer(method, headers, { ...stored, ...asked.blob })
  const found = await blobAddress({ headers, hostname }, answer, { store, sha256 })
  return found === undefined ? undefined : told[0]
}

describe('a client is sent to the store', () => {
  it('for a large blob, and gets the headers there that it would get here', async () => {
    const extraHeaders = { 'cache-control': 'private, no-cache', 'x-checksum-sha1': 'z' }
    expect(await redirected({ blob: { extraHeaders } })).toEqual({
      contentType: 'application/gzip',
      contentDisposition: 'attachment; filename="a.tgz"',
      cacheControl: 'private, no-cache',
    })
  })

  it.each([`bytes=0-`, `bytes=5-${SMALLEST_REDIRECTED + 4}`, `bytes=-${SMALLEST_REDIRECTED}`])(
    'for a large part of it: %s',
    async (range) => {
      expect(await redirected({ headers: { range } })).toBeDefined()
    },
  )
})

describe('a client is answered here', () => {
  it('when the store has no addresses', async () => {
    expect(await redirected({}, false)).toBeUndefined()
  })

  it.each<[string, Asked]>([
    ['a HEAD', { method: 'HEAD' }],
    ['a small blob', { blob: { size: SMALLEST_REDIRECTED - 1 } }],
    ['a small part', { headers: { range: 'bytes=0-99' } }],
    ['a part that is not there', { headers: { range: `bytes=${size}-` } }],
    ['several parts at once', { headers: { range: 'bytes=0-1048575,2000000-' } }],
    ['another tag than its own', { headers: { 'if-none-match': '"other"' } }],
    ['a change since some time', { headers: { 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' } }],
    ['no change since some time', { headers: { 'if-unmodified-since': 'Sun, 06 Nov 2094 08:49:37 GMT' } }],
    ['its own tag', { headers: { 'if-match': `"sha256:${sha256}"` } }],
    ['a part of what it has', { headers: { range: 'bytes=0-', 'if-range': `"sha256:${sha256}"` } }],
    ['what the store has under the same host name', { hostname: 'storage.example' }],
    ['what the store has under a name below ours', { hostname: 'example' }],
    ['what the store has under a name above ours', { hostname: 'waybill.storage.example' }],
  ])('that asks for %s', async (_, asked) => {
    expect(await redirected(asked)).toBeUndefined()
  })
})

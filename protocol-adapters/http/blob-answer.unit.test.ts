import { describe, expect, it } from 'vitest'
import { blobAnswer, type DescribedBlob } from './blob-answer.ts'

const sha256 = 'ab'.repeat(32)
const blob: DescribedBlob = {
  sha256,
  size: 1000,
  contentType: 'application/gzip',
  disposition: 'attachment',
  fileName: 'a-1.0.0.tgz',
  lastModified: new Date('2026-11-24T10:00:00.500Z'),
  extraHeaders: { 'cache-control': 'private, max-age=60' },
}
const always = {
  etag: `"sha256:${sha256}"`,
  'accept-ranges': 'bytes',
  'last-modified': 'Tue, 24 Nov 2026 10:00:00 GMT',
  'cache-control': 'private, max-age=60',
}
const described = {
  'content-type': 'application/gzip',
  'content-disposition': 'attachment; filename="a-1.0.0.tgz"',
  'x-content-type-options': 'nosniff',
}

describe('the answer to a request for a blob', () => {
  it('is all of it for a plain GET', () => {
    expect(blobAnswer('GET', {}, blob)).toEqual({
      status: 200,
      headers: { ...always, ...described, 'content-length': 1000 },
      body: { start: 0, end: 999 },
    })
  })

  it('is the same without the bytes for HEAD, which knows no range', () => {
    const { body, ...whole } = blobAnswer('GET', {}, blob)
    expect(body).toBeDefined()
    expect(blobAnswer('HEAD', { range: 'bytes=0-1' }, blob)).toEqual({ ...whole, body: undefined })
  })

  it('is the part that is asked for', () => {
    expect(blobAnswer('GET', { range: 'bytes=-10' }, blob)).toEqual({
      status: 206,
      headers: { ...always, ...described, 'content-length': 10, 'content-range': 'bytes 990-999/1000' },
      body: { start: 990, end: 999 },
    })
  })

  it('names the size when the range lies beyond it, and is not to be cached', () => {
    expect(blobAnswer('GET', { range: 'bytes=1000-' }, blob)).toEqual({
      status: 416,
      headers: { 'accept-ranges': 'bytes', 'content-range': 'bytes */1000', 'content-length': 0 },
      body: undefined,
    })
  })

  it('is 304 with what caches need and no description of a body that is not sent', () => {
    const notModified = { status: 304, headers: always, body: undefined }
    expect(blobAnswer('GET', { 'if-none-match': always.etag }, blob)).toEqual(notModified)
    // The condition comes before the range.
    expect(blobAnswer('GET', { 'if-none-match': always.etag, range: 'bytes=5000-' }, blob)).toEqual(notModified)
    expect(blobAnswer('HEAD', { 'if-modified-since': always['last-modified'] }, blob)).toEqual(notModified)
  })

  it('is 412 when other bytes were meant', () => {
    const failed = { status: 412, headers: { 'content-length': 0 }, body: undefined }
    expect(blobAnswer('GET', { 'if-match': '"other"' }, blob)).toEqual(failed)
  })

  it('has no body for an empty blob', () => {
    const answer = blobAnswer('GET', { range: 'bytes=0-' }, { ...blob, size: 0 })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': 0 }, body: undefined })
  })

  it('lets nothing run in what a browser shows', () => {
    const { headers } = blobAnswer('GET', {}, { ...blob, disposition: 'inline', contentType: 'text/html' })
    expect(headers['content-security-policy']).toMatch(/sandbox/)
    expect(headers['content-disposition']).toBe('inline; filename="a-1.0.0.tgz"')
  })

  it('uses the tag it is given', () => {
    const tagged = { ...blob, etag: '"file-7"' }
    expect(blobAnswer('GET', {}, tagged).headers.etag).toBe('"file-7"')
    expect(blobAnswer('GET', { 'if-none-match': '"file-7"' }, tagged).status).toBe(304)
  })
})

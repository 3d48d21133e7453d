import { describe, expect, it } from 'vitest'
import { readS3Url } from './s3-url.ts'

describe('an s3:// URL', () => {
  it('names a bucket of AWS when it says nothing else', () => {
    expect(readS3Url('s3://blobs')).toEqual({ bucket: 'blobs', prefix: '', forcePathStyle: false, redirect: false })
  })

  it('names a server, a region and where below the bucket the blobs are', () => {
    const text = 's3://acme.blobs/waybill/prod/?endpoint=http://127.0.0.1:9000&region=eu-west-1&redirect=on'
    expect(readS3Url(text)).toEqual({
      bucket: 'acme.blobs',
      prefix: 'waybill/prod/',
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-west-1',
      forcePathStyle: true,
      redirect: true,
    })
  })

  it.each([
    ['s3://blobs?endpoint=https%3A%2F%2Fstorage.example%2Fs3%2F', 'https://storage.example/s3', true],
    ['s3://blobs?endpoint=https://storage.example&style=host', 'https://storage.example', false],
    ['s3://blobs?style=path', undefined, true],
  ])('says how the bucket is addressed: %s', (text, endpoint, forcePathStyle) => {
    const location = readS3Url(text)
    expect([location.endpoint, location.forcePathStyle]).toEqual([endpoint, forcePathStyle])
  })

  it.each([
    ['s3:blobs', 'the name behind s3:// is no name of a bucket'],
    ['https://blobs', 'expected s3://bucket/prefix?endpoint=...&region=...'],
    ['s3://blobs#x', 'expected s3://bucket/prefix?endpoint=...&region=...'],
    ['s3://Blobs', 'the name behind s3:// is no name of a bucket'],
    ['s3://127.0.0.1:9000/blobs', 'the name behind s3:// is the bucket, and the server belongs into endpoint='],
    [
      's3://key:secret@blobs',
      'the credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the URL',
    ],
    ['s3://blobs/a//b', 'the prefix is not made of letters, digits, dots, hyphens and underscores between slashes'],
    ['s3://blobs?endpoint=storage.example', 'endpoint is no http:// or https:// URL'],
    ['s3://blobs?endpoint=https://a:b@storage.example', 'endpoint has more than a host, a port and a path'],
    ['s3://blobs?region=eu west', 'region is no name of a region'],
    ['s3://blobs?region=a&region=b', 'region is given twice'],
    ['s3://blobs?redirect=yes', 'redirect is neither off nor on'],
    ['s3://blobs?style=virtual', 'style is neither path nor host'],
    ['s3://blobs?acl=public', '"acl" is none of endpoint, region, redirect, style'],
  ])('is refused with one sentence: %s', (text, sentence) => {
    expect(() => readS3Url(text)).toThrow(sentence)
  })
})

import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Digests } from '../../platform/blob-store/blob-store.ts'
import { announcedDigests } from './digest-headers.ts'

// Digests of {"hello": "world"} and a line feed; the first is printed in RFC 9530 appendix B.
const base64 = {
  sha256: 'RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=',
  sha512: 'YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==',
  sha1: 'yyTATouGJ50S3R4iWotz3qq6P9Y=',
  md5: 'UFIauregE76D7gDe0/n0JA==',
}
const hex: Digests = {
  sha256: '44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38',
  sha512:
    '60c01a9b9d49cff8ce0134faff3bc7acb5603984c6172d5de862623874e886ae323fea60938bdfd9a0acc9164eb70f0c8e433b8b0ef267f5a4a6998ce384f7aa',
  sha1: 'cb24c04e8b86279d12dd1e225a8b73deaaba3fd6',
  md5: '50521abab7a013be83ee00ded3f9f424',
}
const { md5, sha1, sha256, sha512 } = hex

describe('the digests announced by headers', () => {
  it.each<[IncomingHttpHeaders, Partial<Digests>]>([
    [{}, {}],
    [{ 'repr-digest': `sha-256=:${base64.sha256}:` }, { sha256 }],
    [{ 'content-digest': `sha-256=:${base64.sha256}:` }, { sha256 }],
    [{ 'repr-digest': `sha-256=:${base64.sha256}:, sha-512=:${base64.sha512}:` }, { sha256, sha512 }],
    [
      { 'repr-digest': `sha-256=:${base64.sha256}:;q=1,\tsha=:${base64.sha1}: , md5=:${base64.md5}:` },
      { sha256, sha1, md5 },
    ],
    [{ 'repr-digest': `unixsum=:AAAA:, sha-256=:${base64.sha256.replace('=', '')}:` }, { sha256 }],
    [{ 'repr-digest': 'crc32c=:AAAAAA==:' }, {}],
    [{ 'repr-digest': '' }, {}],
    [{ digest: `SHA-256=${base64.sha256},sha-512=${base64.sha512}` }, { sha256, sha512 }],
    [{ digest: `MD5=${base64.md5}, SHA=${base64.sha1}, UNIXsum=30637` }, { md5, sha1 }],
    [{ 'content-md5': base64.md5 }, { md5 }],
    [
      { 'x-checksum-md5': md5, 'x-checksum-sha1': sha1 },
      { md5, sha1 },
    ],
    [
      { 'x-checksum-sha256': sha256.toUpperCase(), 'x-checksum-sha512': ` ${sha512} ` },
      { sha256, sha512 },
    ],
    [{ 'x-checksum-sha256': sha256, 'repr-digest': `sha-256=:${base64.sha256}:` }, { sha256 }],
  ])('of %j are read', (headers, expected) => expect(announcedDigests(headers)).toEqual({ expected }))

  it.each<[IncomingHttpHeaders, RegExp]>([
    [{ 'repr-digest': base64.sha256 }, /^Repr-Digest cannot be read/],
    [{ 'repr-digest': `sha-256=${base64.sha256}` }, /^Repr-Digest cannot be read/],
    [{ 'repr-digest': `sha-256=:${base64.sha256}: sha-512=:${base64.sha512}:` }, /^Repr-Digest cannot be read/],
    [{ 'repr-digest': `sha-256=:${base64.sha256}:,,` }, /^Repr-Digest cannot be read/],
    [{ 'content-digest': `SHA-256=:${base64.sha256}:` }, /^Content-Digest cannot be read/],
    [{ 'repr-digest': `sha-256=:${base64.sha1}:` }, /^Repr-Digest holds no sha256 digest in base64$/],
    [{ 'repr-digest': 'sha-256=::' }, /^Repr-Digest holds no sha256 digest in base64$/],
    [{ digest: `SHA-256=${sha256}` }, /^Digest holds no sha256 digest in base64$/],
    [{ digest: 'nonsense' }, /^Digest cannot be read/],
    [{ 'content-md5': md5 }, /^Content-MD5 holds no md5 digest in base64$/],
    [{ 'x-checksum-sha1': sha256 }, /^X-Checksum-Sha1 holds no sha1 digest in hexadecimal$/],
    [{ 'x-checksum-md5': 'g'.repeat(32) }, /^X-Checksum-Md5 holds no md5 digest in hexadecimal$/],
    [{ 'x-checksum-sha1': sha1, digest: `SHA=${base64.sha1.replace('y', 'z')}` }, /^X-Checksum-Sha1 contradicts/],
    [
      { 'repr-digest': `sha-256=:${base64.sha256}:`, 'x-checksum-sha256': '0'.repeat(64) },
      /contradicts .* sha256 digest$/,
    ],
  ])('of %j are a problem', (headers, problem) => {
    const { expected, problem: found } = announcedDigests(headers)
    expect(expected).toBeUndefined()
    expect(found).toMatch(problem)
  })
})

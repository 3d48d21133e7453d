import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { isPublishBodyError } from './publish-body-error.ts'
import { parsePublishBody, type PublishBodyOptions } from './publish-body.ts'

type Options = Partial<PublishBodyOptions<Buffer>>

const collect = async (_name: string, bytes: AsyncIterable<Buffer>): Promise<Buffer> => {
  const pieces: Buffer[] = []
  for await (const piece of bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}

const cut = (body: Buffer, sizes: readonly number[]): Readable => {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    chunks.push(body.subarray(at, at + size))
    at += size
  }
  return Readable.from(chunks)
}

const parse = (body: string | Buffer, options: Options = {}, sizes: readonly number[] = [64 * 1024]) =>
  parsePublishBody(cut(Buffer.from(body), sizes), { onAttachment: collect, ...options })

const codeOf = async (body: string | Buffer, options: Options = {}): Promise<string> => {
  const codes = new Set<string>()
  for (const size of [1, 7, 64 * 1024]) {
    try {
      await parse(body, options, [size])
      codes.add('accepted')
    } catch (error) {
      codes.add(isPublishBodyError(error) ? error.code : String(error))
    }
  }
  expect(codes.size).toBe(1)
  return [...codes].join()
}

const tarball = Buffer.from('not really a tarball, but it has bytes \u0000\u00ff')
const publish = (attachment: object = {}, name = 'pkg-1.0.0.tgz') => ({
  _id: 'pkg',
  name: 'pkg',
  'dist-tags': { latest: '1.0.0' },
  versions: { '1.0.0': { name: 'pkg', version: '1.0.0', readme: 'a "quoted" \\ line\nmit Umlaut ä 😀' } },
  _attachments: {
    [name]: { content_type: 'application/octet-stream', data: tarball.toString('base64'), ...attachment },
  },
})
const withData = (data: string): string => `{"_attachments":{"a.tgz":{"data":"${data}"}}}`

describe('a publish document', () => {
  it('comes apart into the document and its decoded attachments', async () => {
    const { _attachments, ...document } = publish({ length: tarball.length })
    const parsed = await parse(JSON.stringify({ _attachments, ...document }))
    expect(parsed.document).toEqual(document)
    expect(parsed.attachments).toEqual(
      new Map([['pkg-1.0.0.tgz', { stored: tarball, size: tarball.length, contentType: 'application/octet-stream' }]]),
    )
  })

  it('may be cut into chunks of any size', async () => {
    const body = Buffer.from(JSON.stringify(publish(), null, 2))
    for (let size = 1; size < body.length; size++) {
      const parsed = await parse(body, {}, [size])
      expect(parsed.attachments.get('pkg-1.0.0.tgz')?.stored).toEqual(tarball)
      expect(parsed.document).toEqual({ ...publish(), _attachments: undefined })
    }
  })

  it('may describe an attachment after its data', async () => {
    const data = tarball.toString('base64')
    const body = `{"_attachments":{"a.tgz":{"data":"${data}","length":${tarball.length},"content_type":"x/y"}}}`
    expect((await parse(body)).attachments.get('a.tgz')).toEqual({
      stored: tarball,
      size: tarball.length,
      contentType: 'x/y',
    })
  })

  it('may escape any character of a key or of base64', async () => {
    const data = 'Pz8/Pj4+'
    const body = String.raw`{"\u005fattachments":{"\u0061.tgz":{"d\u0061ta":"\u0050z8\/Pj4\u002b"}}}`
    expect((await parse(body, {}, [1])).attachments.get('a.tgz')?.stored).toEqual(Buffer.from(data, 'base64'))
  })

  it('carries a sigstore bundle as plain text or as base64', async () => {
    const bundle = JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', text: 'ä"\\' })
    const asText = publish({ data: bundle, length: bundle.length }, 'a.sigstore')
    const asBase64 = publish({ data: Buffer.from(bundle).toString('base64') }, 'a.sigstore')
    for (const document of [asText, asBase64]) {
      const parsed = await parse(JSON.stringify(document), {}, [5])
      expect(parsed.attachments.get('a.sigstore')).toMatchObject({
        stored: Buffer.from(bundle),
        size: Buffer.byteLength(bundle),
      })
    }
  })

  it('that is a packument sent back has stubs and empty attachments, which are left out', async () => {
    for (const attachments of ['{}', 'null', '{"a.tgz":{"stub":true,"digest":"md5-x"}}']) {
      const parsed = await parse(`{"name":"pkg","_attachments":${attachments}}`)
      expect(parsed.document).toEqual({ name: 'pkg' })
      expect(parsed.attachments.size).toBe(0)
    }
  })

  it('keeps a __proto__ key an ordinary key, in the document and among the attachments', async () => {
    const parsed = await parse('{"__proto__":{"polluted":1},"_attachments":{"__proto__":{"data":"AAAA"}}}')
    expect(Object.keys(parsed.document)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(parsed.attachments.get('__proto__')?.size).toBe(3)
  })

  it('takes the last of two equal keys outside the attachments, as JSON.parse does', async () => {
    expect((await parse('{"name":"a","name":"b","x":{"_attachments":{"data":"%"}}}')).document).toEqual({
      name: 'b',
      x: { _attachments: { data: '%' } },
    })
  })

  it('keeps lone surrogates that are escaped', async () => {
    expect((await parse(String.raw`{"name":"\ud800"}`)).document).toEqual({ name: '\ud800' })
  })
})

describe('a publish document is refused', () => {
  it.each<[string, string | Buffer]>([
    ['not-an-object', '[]'],
    ['not-an-object', '"text"'],
    ['not-an-object', ' null'],
    ['not-an-object', '\ufeff{}'],
    ['body-truncated', ''],
    ['body-truncated', ' \n'],
    ['body-truncated', '{"name":"pkg"'],
    ['body-truncated', '{"name":"pk'],
    ['body-truncated', '{"name":"pk\\'],
    ['body-truncated', '{"_attachments":{"a.tgz":{"data":"AAAA'],
    ['body-truncated', '{"_attachments":{"a.tgz":{"data":"'],
    ['body-truncated', '{"_attachments":{"a":{"data":"'],
    ['body-truncated', withData('AAAA').slice(0, -1)],
    ['invalid-json', '{"name":"pkg"}x'],
    ['invalid-json', '{}{}'],
    ['invalid-json', '{}"a"'],
    ['invalid-json', '{"name" "pkg"}'],
    ['invalid-json', '{"name":pkg}'],
    ['invalid-json', '{"name":"a\nb"}'],
    ['invalid-json', '{"a":1,}'],
    ['invalid-json', '{]'],
    ['invalid-json', String.raw`{"\x":1}`],
    ['invalid-json', '{"_attachments" {"a.tgz" {"data" "AAAA"}}}'],
    ['invalid-json', '{"_attachments":{"a.tgz":{"data":"AAAA" "BBBB"}}}'],
    ['invalid-utf8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
    ['invalid-utf8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['too-deep', `{"a":${'['.repeat(128)}${']'.repeat(128)}}`],
    ['duplicate-attachment', '{"_attachments":{},"_attachments":{}}'],
    ['duplicate-attachment', '{"_attachments":{"a":{"data":"AAAA"},"a":{"data":"AAAA"}}}'],
    ['duplicate-attachment', '{"_attachments":{"a":{"data":"AAAA","data":"AAAA"}}}'],
    ['invalid-attachment', '{"_attachments":[]}'],
    ['invalid-attachment', '{"_attachments":"AAAA"}'],
    ['invalid-attachment', '{"_attachments":{"a":["x","data","data"]}}'],
    ['invalid-attachment', '{"_attachments":{"a":"AAAA"}}'],
    ['invalid-attachment', '{"_attachments":{"a":{"data":["AAAA"]}}}'],
    ['invalid-attachment', '{"_attachments":{"a":{"data":null}}}'],
    ['length-mismatch', '{"_attachments":{"a":{"data":"AAAA","length":4}}}'],
    ...['A', 'AA', 'AAA', 'AAAAA', 'A===', '====', '=', 'AA=A', 'AA==AAAA', 'AAAAAA==AAAA', 'AAAA=', 'AAAA===='].map(
      (data) => ['invalid-base64', withData(data)] as [string, string],
    ),
    ...[
      'AA-AAAAA',
      'AA_AAAAA',
      'AAAAAA_A',
      'AA A',
      'AAAA\n',
      '\\n',
      'AAA%',
      'AAAAAAA\u0000',
      'ÄÄÄÄ',
      '{AAA',
      'AA\\"A',
    ].map((data) => ['invalid-base64', withData(data)] as [string, string]),
    ...['AAA\\u4141', 'AAA\\u0141AAAA', '\\', 'AA\\x41', 'AA\\\\', 'AAAA\\u00'].map(
      (data) => ['invalid-base64', withData(data)] as [string, string],
    ),
  ])('as %s: %s', async (code, body) => {
    expect(await codeOf(body)).toBe(code)
  })

  it('when the document outgrows its limit, which the data of attachments does not count towards', async () => {
    const body = JSON.stringify(publish({ data: Buffer.alloc(9000).toString('base64') }))
    expect(await codeOf(body, { maxDocumentBytes: 1000 })).toBe('accepted')
    expect(await codeOf(body, { maxDocumentBytes: 200 })).toBe('document-too-large')
  })

  it('when it has more attachments than allowed', async () => {
    const body = '{"_attachments":{"a":{"data":"AAAA"},"b":{"data":"AAAA"}}}'
    expect(await codeOf(body, { maxAttachments: 2 })).toBe('accepted')
    expect(await codeOf(body, { maxAttachments: 1 })).toBe('too-many-attachments')
  })

  it.each([
    [1, '{"_attachments":{"a.tgz":{"data":"AAAA" "BBBB" "CCCC"}}}'],
    [0, '{"_attachments":[{"data":"AAAA"}]}'],
    [0, '{"_attachments":{"a.tgz":["data","AAAA"]}}'],
    [0, '{"_attachments":{"a.tgz":{"more":{"data":"AAAA"}},"b":[}}'],
    [0, '{"_attachments":{},"other":{"a.tgz":{"data":"AAAA"}},}'],
  ])('having taken %i attachments out of %s', async (count, body) => {
    const taken: string[] = []
    const onAttachment = (name: string, bytes: AsyncIterable<Buffer>) => {
      taken.push(name)
      return collect(name, bytes)
    }
    await expect(parse(body, { onAttachment })).rejects.toSatisfy(isPublishBodyError)
    expect(taken).toHaveLength(count)
  })

  it('with its own reason even when the consumer wraps or swallows what its source threw', async () => {
    const wrapping = async (name: string, bytes: AsyncIterable<Buffer>) =>
      collect(name, bytes).catch((cause: unknown) => {
        throw new Error('the disk says no', { cause })
      })
    const swallowing = async (name: string, bytes: AsyncIterable<Buffer>) =>
      collect(name, bytes).catch(() => Buffer.alloc(0))
    for (const onAttachment of [wrapping, swallowing]) {
      expect(await codeOf(withData('AAAA%AAAAAAA'), { onAttachment })).toBe('invalid-base64')
    }
  })
})

describe('the body is read', () => {
  it('only as fast as the consumer takes it', async () => {
    let sent = 0
    const body = Buffer.from(withData(Buffer.alloc(300_000).toString('base64')))
    const chunks = function* () {
      for (let at = 0; at < body.length; at += 1000) {
        sent++
        yield body.subarray(at, at + 1000)
      }
    }
    let ahead = 0
    const onAttachment = async (_name: string, bytes: AsyncIterable<Buffer>): Promise<number> => {
      let taken = 0
      for await (const piece of bytes) {
        taken += piece.length
        await Promise.resolve()
        ahead = Math.max(ahead, sent - Math.floor(taken / 750))
      }
      return taken
    }
    const source = { [Symbol.asyncIterator]: () => Readable.from(chunks(), { highWaterMark: 1 }).iterator() }
    const parsed = await parsePublishBody(source, { onAttachment })
    expect(parsed.attachments.get('a.tgz')?.stored).toBe(300_000)
    expect(ahead).toBeLessThanOrEqual(4)
  })

  it('to the end when the consumer leaves the attachment unread', async () => {
    const body = JSON.stringify(publish({ length: tarball.length }))
    const parsed = await parse(body, { onAttachment: () => Promise.resolve(Buffer.from('known')) }, [3])
    expect(parsed.attachments.get('pkg-1.0.0.tgz')).toMatchObject({
      stored: Buffer.from('known'),
      size: tarball.length,
    })
    expect(parsed.document).toMatchObject({ name: 'pkg' })
  })

  it('no further when the consumer fails, and the request stays usable for an answer', async () => {
    const request = cut(Buffer.from(JSON.stringify(publish())), [10])
    const refusal = new Error('no space left')
    const outcome = parsePublishBody(request, { onAttachment: () => Promise.reject(refusal) })
    await expect(outcome).rejects.toBe(refusal)
    expect(request.destroyed).toBe(false)
    expect(request.listenerCount('readable')).toBe(0)
  })

  it('until the connection fails, whose error is passed on as it is', async () => {
    const broken = new Error('aborted')
    const request = new Readable({ read() {} })
    request.push('{"_attachments":{"a.tgz":{"data":"AAAA')
    const outcome = parsePublishBody(request, {
      onAttachment: async (name, bytes) => {
        request.destroy(broken)
        return collect(name, bytes)
      },
    })
    await expect(outcome).rejects.toBe(broken)
  })
})

import { createHash, randomBytes } from 'node:crypto'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { curl } from './curl.ts'
import { startRegistry, type GenericRegistry } from './registry.ts'

let registry: GenericRegistry
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const tag = (text: string) => `"sha256:${sha256(text)}"`

beforeAll(async () => {
  registry = await startRegistry()
  await registry.command('CreateRepository', {
    project: 'main',
    repository: 'loose',
    format: 'generic',
    kind: 'hosted',
    overwrite: true,
    public: true,
  })
})

afterAll(() => registry.stop())

describe('an upload', () => {
  it('is answered with what was stored and where, and can be read back', async () => {
    const stored = await registry.put('first/hello.txt', 'hello', '-H', 'Content-Type: text/plain')
    expect(stored.status).toBe(201)
    expect(stored.headers).toMatchObject({
      etag: tag('hello'),
      location: registry.at('first/hello.txt'),
      'repr-digest': `sha-256=:${createHash('sha256').update('hello').digest('base64')}:`,
      'waybill-position': expect.stringMatching(/^\d{20}$/) as string,
    })
    const read = await registry.curl(registry.at('first/hello.txt'))
    expect(read.body).toBe('hello')
    expect(read.headers).toMatchObject({
      'content-type': 'text/plain',
      etag: tag('hello'),
      'x-checksum-sha256': sha256('hello'),
      'x-checksum-sha1': createHash('sha1').update('hello').digest('hex'),
      'x-checksum-md5': createHash('md5').update('hello').digest('hex'),
      'x-content-type-options': 'nosniff',
      'content-disposition': 'inline; filename="hello.txt"',
      'cache-control': 'private, no-cache',
    })
    expect(Date.parse(read.headers['last-modified'] ?? '')).not.toBeNaN()
  })

  it('may be empty, of unknown length, and named in any script, encoded or as it is typed', async () => {
    expect((await registry.put('empty', '')).status).toBe(201)
    const empty = await registry.curl(registry.at('empty'), '-H', 'Range: bytes=0-9')
    expect(empty).toMatchObject({ status: 200, body: '' })
    expect(empty.headers['content-length']).toBe('0')

    const piped = await curl(['--user', registry.admin, '-T', '-', registry.at('piped')], 'from a pipe')
    expect(piped.status).toBe(201)
    expect((await registry.curl(registry.at('piped'))).body).toBe('from a pipe')

    expect((await registry.put('größe/データ.txt', 'typed')).status).toBe(201)
    expect((await registry.curl(registry.at('gr%C3%B6%C3%9Fe/%E3%83%87%E3%83%BC%E3%82%BF.txt'))).body).toBe('typed')
    // the same name decomposed, as macOS types it
    expect((await registry.curl(registry.at('gro%CC%88%C3%9Fe/%E3%83%86%E3%82%99%E3%83%BC%E3%82%BF.txt'))).body).toBe(
      'typed',
    )
  })

  it('keeps no content type that only means that none was given', async () => {
    const form = await registry.curl('-X', 'PUT', '--data-binary', 'x=1', registry.at('types/data'))
    expect(form.status).toBe(201)
    expect((await registry.curl('-I', registry.at('types/data'))).headers['content-type']).toBe(
      'application/octet-stream',
    )
  })

  it.each([
    'text/html',
    'image/svg+xml',
    'application/xml',
    'application/xhtml+xml',
    'text/javascript',
    'application/pdf',
  ])('of %s is never shown by a browser on our own origin', async (type) => {
    const path = `untrusted/${type.replaceAll(/\W/g, '-')}`
    expect((await registry.put(path, '<script>alert(1)</script>', '-H', `Content-Type: ${type}`)).status).toBe(201)
    const { headers } = await registry.curl(registry.at(path))
    expect(headers['content-type']).toBe(type)
    expect(headers['content-disposition']).toMatch(/^attachment/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('is refused with a sentence when the bytes are not those that were announced, and nothing is kept', async () => {
    const wrong = sha256('other')
    const base64 = Buffer.from(wrong, 'hex').toString('base64')
    const headers = [
      `X-Checksum-Sha256: ${wrong}`,
      `X-Checksum-Sha1: ${'0'.repeat(40)}`,
      `X-Checksum-Md5: ${'0'.repeat(32)}`,
      `X-Checksum-Sha512: ${'0'.repeat(128)}`,
      `Repr-Digest: sha-256=:${base64}:`,
      `Content-Digest: sha-256=:${base64}:`,
      `Digest: SHA-256=${base64}`,
      `Content-MD5: ${Buffer.alloc(16).toString('base64')}`,
    ]
    for (const header of headers) {
      const refused = await registry.put('checked', 'this', '-H', header)
      expect(refused.status, header).toBe(400)
      expect(refused.body, header).toMatch(/The bytes received have (sha|md5)/)
      expect((await registry.curl(registry.at('checked'))).status).toBe(404)
    }
    const right = [
      `X-Checksum-Sha256: ${sha256('this').toUpperCase()}`,
      `X-Checksum-Md5: ${createHash('md5').update('this').digest('hex')}`,
    ]
    expect((await registry.put('checked', 'this', ...right.flatMap((header) => ['-H', header]))).status).toBe(201)
  })

  it('is refused when it is no plain file: coded, a part, a form, a digest that cannot be read', async () => {
    const refusal = async (...args: string[]) => {
      const { status, body } = await registry.put('odd', 'x', ...args)
      return `${status} ${body}`
    }
    expect(await refusal('-H', 'Content-Encoding: gzip')).toMatch(/^415 Files are kept byte for byte/)
    expect(await refusal('-H', 'Content-Range: bytes 0-0/2')).toMatch(/^400 A part of a file/)
    expect(await refusal('-H', 'X-Checksum-Sha256: xyz')).toMatch(/^400 X-Checksum-Sha256 holds no sha256/)
    const form = await registry.curl('-X', 'PUT', '-F', 'file=x', registry.at('odd'))
    expect(`${form.status} ${form.body}`).toMatch(/^415 Send the file itself as the body/)
    expect((await registry.curl(registry.at('odd'))).status).toBe(404)
  })

  it('keeps properties, which can be read, replaced and removed', async () => {
    await registry.put('props', 'x', '-H', 'X-Waybill-Property-Stage: qa', '-H', 'X-Waybill-Property-team: Müller')
    const read = async () => (await registry.curl(`${registry.at('props')}?properties`)).body
    expect(JSON.parse(await read())).toEqual({ stage: 'qa', team: 'Müller' })
    const put = await registry.curl('-X', 'PUT', '--json', '{"Stage":"live"}', `${registry.at('props')}?properties`)
    expect(put.status).toBe(204)
    expect(JSON.parse(await read())).toEqual({ Stage: 'live' })
    const bad = await registry.curl('-X', 'PUT', '--json', '{"a b":1}', `${registry.at('props')}?properties`)
    expect(bad.status).toBe(400)
    expect((await registry.curl('-X', 'DELETE', `${registry.at('props')}?properties`)).status).toBe(204)
    expect(JSON.parse(await read())).toEqual({})
    expect((await registry.curl(`${registry.at('nothing')}?properties`)).status).toBe(404)
  })
})

describe('replacing a file', () => {
  it('is refused where the repository does not allow it, in the form that the client accepts', async () => {
    await registry.put('kept', 'one')
    const line = await registry.put('kept', 'two')
    expect(line.status).toBe(409)
    expect(line.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(line.body).toBe('kept exists already in main/generic, which does not let files be replaced.\n')
    const problem = await registry.put('kept', 'two', '-H', 'Accept: application/json')
    expect(problem.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(JSON.parse(problem.body)).toMatchObject({ status: 409, code: 'already-exists' })
    expect((await registry.curl(registry.at('kept'))).body).toBe('one')
  })

  it('answers 204 where it is allowed, and only under the preconditions', async () => {
    const at = registry.at('file', 'loose')
    expect((await registry.put(at, 'one')).status).toBe(201)
    expect((await registry.put(at, 'two')).status).toBe(204)
    expect((await registry.put(at, 'three', '-H', 'If-None-Match: *')).status).toBe(412)
    expect((await registry.put(at, 'three', '-H', `If-Match: ${tag('one')}`)).status).toBe(412)
    expect((await registry.put(`${at}-new`, 'three', '-H', 'If-Match: *')).status).toBe(412)
    expect((await registry.put(at, 'three', '-H', `If-Match: "x", ${tag('two')}`)).status).toBe(204)
    expect((await registry.put(at, 'four', '-H', 'If-Unmodified-Since: Sun, 01 Mar 2020 12:00:00 GMT')).status).toBe(
      412,
    )
    expect((await registry.put(`${at}-new`, 'new', '-H', 'If-None-Match: *')).status).toBe(201)
    expect((await registry.curl(at)).body).toBe('three')
  })

  it('has one winner when many create the same file at once', async () => {
    for (const args of [[], ['-H', 'If-None-Match: *']]) {
      const path = `race-${args.length}`
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => registry.put(path, `content ${index}`, ...args)),
      )
      const winners = answers.filter(({ status }) => status === 201)
      expect(winners).toHaveLength(1)
      for (const { status } of answers) expect([201, 409, 412]).toContain(status)
      const { body, headers } = await registry.curl(registry.at(path))
      expect(headers.etag).toBe(winners[0]?.headers.etag)
      expect(tag(body)).toBe(headers.etag)
    }
  })

  it('has one winner among those that replace the same version of it', async () => {
    const at = registry.at('cas', 'loose')
    await registry.put(at, 'zero')
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => registry.put(at, `next ${index}`, '-H', `If-Match: ${tag('zero')}`)),
    )
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(11)
  })

  it('answers a repeat with the same Idempotency-Key as it answered the first time', async () => {
    const key = ['-H', 'Idempotency-Key: build-7', '-H', 'If-None-Match: *']
    const first = await registry.put('repeated', 'x', ...key)
    const second = await registry.put('repeated', 'x', ...key)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.headers['waybill-position']).toBe(first.headers['waybill-position'])
    expect((await registry.put('repeated', 'y', ...key)).status).toBe(422)
  })
})

describe('a download', () => {
  const bytes = randomBytes(3 * 1024 * 1024 + 17)
  let at: string

  beforeAll(async () => {
    at = registry.at('big.bin', 'loose')
    await writeFile(join(registry.folder, 'big.bin'), bytes)
    expect((await registry.curl('-T', join(registry.folder, 'big.bin'), at)).status).toBe(201)
  })

  it('is resumed by curl -C - after it broke off, with the right bytes', async () => {
    const file = join(registry.folder, 'resumed.bin')
    await writeFile(file, bytes)
    await truncate(file, 1_000_003)
    const answer = await registry.as(undefined, ['--no-include', '-C', '-', '-o', file, at])
    expect(answer.status).toBe(206)
    expect(sha256(await readFile(file))).toBe(sha256(bytes))
  })

  it('may be of a range, unless the file is another one meanwhile', async () => {
    const { body, headers, status } = await registry.curl('-r', '0-0', registry.at('first/hello.txt'))
    expect([status, body, headers['content-range']]).toEqual([206, 'h', 'bytes 0-0/5'])
    const hello = registry.at('first/hello.txt')
    expect((await registry.curl('-r', '-2', hello)).body).toBe('lo')
    expect((await registry.curl('-r', '9-', hello)).status).toBe(416)
    expect((await registry.curl('-r', '1-2', '-H', `If-Range: ${tag('hello')}`, hello)).body).toBe('el')
    expect((await registry.curl('-r', '1-2', '-H', `If-Range: ${tag('other')}`, hello)).body).toBe('hello')
  })

  it('is spared when the client has it', async () => {
    const hello = registry.at('first/hello.txt')
    expect((await registry.curl('-H', `If-None-Match: ${tag('hello')}`, hello)).status).toBe(304)
    const { headers } = await registry.curl('-I', hello)
    expect(headers['content-length']).toBe('5')
    expect((await registry.curl('-H', `If-Modified-Since: ${headers['last-modified']}`, hello)).status).toBe(304)
    expect((await registry.curl('-H', 'If-Match: "other"', hello)).status).toBe(412)
  })

  it('needs no credentials where the repository is public', async () => {
    const answer = await registry.as(undefined, [registry.at('file', 'loose')])
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-cache')
  })
})

describe('a removal', () => {
  it('takes the file away, once', async () => {
    await registry.put('gone', 'x')
    expect((await registry.curl('-X', 'DELETE', '-H', 'If-Match: "other"', registry.at('gone'))).status).toBe(412)
    const gone = await registry.curl('-X', 'DELETE', '-H', `If-Match: ${tag('x')}`, registry.at('gone'))
    expect(gone.status).toBe(204)
    expect(gone.headers['waybill-position']).toMatch(/^\d{20}$/)
    expect((await registry.curl(registry.at('gone'))).status).toBe(404)
    expect((await registry.curl('-X', 'DELETE', registry.at('gone'))).status).toBe(404)
    expect((await registry.put('gone', 'again', '-H', 'If-None-Match: *')).status).toBe(201)
  })

  it('of a folder is refused', async () => {
    await registry.put('tree/a/b', 'x')
    for (const path of ['tree', 'tree/', 'tree/a']) {
      const { status, body } = await registry.curl('-X', 'DELETE', registry.at(path))
      expect([status, body]).toEqual([409, expect.stringContaining('delete the files in it')])
    }
    expect((await registry.curl('-X', 'DELETE', registry.at('no-tree/'))).status).toBe(404)
    expect((await registry.curl('-X', 'DELETE', registry.at(''))).status).toBe(409)
  })
})

describe('the past', () => {
  it('shows what was there, and cannot be changed', async () => {
    const at = registry.at('page', 'loose')
    const instant = () => new Date().toISOString()
    await registry.put(at, 'first')
    const before = instant()
    await registry.put(at, 'second')
    await registry.put(registry.at('late/x', 'loose'), 'x')
    await registry.curl('-X', 'DELETE', registry.at('file', 'loose'))
    const then = (path: string) => registry.at(path, `loose@${before}`)
    expect((await registry.curl(then('page'))).body).toBe('first')
    expect((await registry.curl(then('file'))).body).toBe('three')
    expect((await registry.curl(then('late/x'))).status).toBe(404)
    const listing = JSON.parse((await registry.curl(`${then('')}?format=json`)).body) as { entries: { name: string }[] }
    expect(listing.entries.map(({ name }) => name)).toContain('file')
    expect(listing.entries.map(({ name }) => name)).not.toContain('late')
    const refused = await registry.put(then('page'), 'third')
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD'])
    expect((await registry.curl('-X', 'DELETE', then('page'))).status).toBe(405)
    expect((await registry.curl(registry.at('page', 'loose@2999-01-01T00:00:00Z'))).status).toBe(400)
    expect((await registry.curl(at)).body).toBe('second')
  })
})

describe('the commands on files', () => {
  const file = (path: string) => ({ project: 'main', repository: 'generic', path })

  it('copy and move within and between repositories', async () => {
    await registry.put('from/one', 'one', '-H', 'X-Waybill-Property-stage: qa')
    await registry.command('CopyFile', { ...file('from/one'), toPath: 'to/copy' })
    await registry.command('MoveFile', { ...file('from/one'), toPath: 'moved', toRepository: 'loose' })
    expect((await registry.curl(registry.at('to/copy'))).body).toBe('one')
    expect((await registry.curl(registry.at('moved', 'loose'))).body).toBe('one')
    expect((await registry.curl(registry.at('from/one'))).status).toBe(404)
    expect(JSON.parse((await registry.curl(`${registry.at('to/copy')}?properties`)).body)).toEqual({ stage: 'qa' })
    await expect(registry.command('CopyFile', { ...file('to/copy'), toPath: 'to/copy/below' })).rejects.toThrow('409')
    await expect(registry.command('CopyFile', { ...file('to/copy'), toPath: '../up' })).rejects.toThrow('400')
    await expect(registry.command('MoveFile', { ...file('nothing'), toPath: 'x' })).rejects.toThrow('404')
  })

  it('set properties and delete', async () => {
    await registry.put('commanded', 'x')
    await registry.command('SetFileProperties', { ...file('commanded'), properties: { a: 'b' } })
    expect(JSON.parse((await registry.curl(`${registry.at('commanded')}?properties`)).body)).toEqual({ a: 'b' })
    await registry.command('DeleteFile', file('commanded'))
    expect((await registry.curl(registry.at('commanded'))).status).toBe(404)
    await expect(registry.command('DeleteFile', file('commanded'))).rejects.toThrow('404')
  })
})

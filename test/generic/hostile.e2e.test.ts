import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onlyEmbedded } from '../engines/waybill-database.ts'
import { startRegistry, type GenericRegistry } from './registry.ts'

let registry: GenericRegistry
let large: string

const SIZE = 24 * 1024 * 1024

beforeAll(async () => {
  registry = await startRegistry()
  large = join(registry.folder, 'large')
  await writeFile(large, randomBytes(SIZE))
})

afterAll(() => registry.stop())

const incoming = () => readdir(join(registry.waybill.dataFolder, 'blobs', 'incoming'))

describe('a path', () => {
  it.each([
    'a/../b',
    '%2e%2e',
    './a',
    'a/./b',
    'a//b',
    '/a',
    'a%2fb',
    'a%2Fb',
    '%2e%2e/a',
    '%2e',
    'a%5cb',
    'a%00b',
    'a%0d%0ab',
    '%7f',
    '%c2%85',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '%',
    '%zz',
    'a%',
    'x'.repeat(256),
    `${'x/'.repeat(64)}x`,
    `${`${'y'.repeat(200)}/`.repeat(6)}y`,
  ])('that could mean something else is refused: %s', async (path) => {
    expect((await registry.put(path, 'x')).status).toBe(400)
    expect((await registry.curl(registry.at(path))).status).toBe(400)
  })

  it('that is a folder cannot be a file, nor the other way round', async () => {
    expect((await registry.put('one/two', 'x')).status).toBe(201)
    for (const path of ['one', 'one/two/three', 'one/two/three/four']) {
      const { status, body } = await registry.put(path, 'x')
      expect([status, body]).toEqual([409, expect.stringMatching(/is a (file|folder)/)])
    }
    for (const path of ['', 'one/', 'new/']) {
      const { status, body } = await registry.curl('-X', 'PUT', '--data-binary', 'x', registry.at(path))
      expect([status, body]).toEqual([400, expect.stringContaining('names a folder')])
    }
  })

  it('is not the only thing that is checked: so is the content type', async () => {
    const { status, body } = await registry.put('typed', 'x', '-H', 'Content-Type: nonsense')
    expect([status, body]).toEqual([415, 'The Content-Type is not a media type such as text/plain.\n'])
  })

  it('of the longest kind works', async () => {
    const path = `${'é'.repeat(127)}/`.repeat(4).slice(0, -1)
    expect((await registry.put(encodeURI(path), 'long')).status).toBe(201)
    expect((await registry.curl(registry.at(encodeURI(path)))).body).toBe('long')
  })
})

describe('a method that is not possible', () => {
  it.each(['POST', 'PATCH', 'MKCOL', 'PROPFIND', 'COPY', 'OPTIONS', 'TRACE', 'NONSENSE'])(
    'is refused: %s',
    async (method) => {
      const { status, headers } = await registry.curl('-X', method, registry.at('some/file'))
      // a word that is no method at all does not get beyond the parser of HTTP
      expect(status).toBe(method === 'NONSENSE' ? 400 : 405)
      if (status === 405) expect(headers.allow).toBe('GET, HEAD, PUT, DELETE')
    },
  )
})

describe('an upload that will be refused', () => {
  const expecting = (user: string | undefined, path: string, ...args: string[]) =>
    registry.as(user, [
      '-T',
      large,
      '-H',
      'Expect: 100-continue',
      '--expect100-timeout',
      '60',
      '-v',
      ...args,
      path.startsWith('http') ? path : registry.at(path),
    ])

  it('is refused before it is sent when the client waits for it', async () => {
    await registry.put('there', 'x')
    const refusals = [
      [401, await expecting(undefined, 'new')],
      [401, await expecting('admin:wrong', 'new')],
      [404, await expecting(registry.admin, registry.at('new', 'none'))],
      [400, await expecting(registry.admin, 'a%2fb')],
      [409, await expecting(registry.admin, 'there')],
      [409, await expecting(registry.admin, 'there/below')],
      [412, await expecting(registry.admin, 'there', '-H', 'If-None-Match: *')],
      [412, await expecting(registry.admin, 'new', '-H', 'If-Match: *')],
      [415, await expecting(registry.admin, 'new', '-H', 'Content-Encoding: br')],
      [400, await expecting(registry.admin, 'new', '-H', 'Content-MD5: nonsense')],
    ] as const
    for (const [status, answer] of refusals) {
      expect(answer.status).toBe(status)
      expect(answer.uploaded).toBe(0)
      expect(answer.stderr).not.toContain('100 Continue')
    }
    const taken = await expecting(registry.admin, 'taken')
    expect([taken.status, taken.uploaded]).toEqual([201, SIZE])
    expect(taken.stderr).toContain('100 Continue')
  })

  it('of another kind is let go on as ever', async () => {
    const data = JSON.stringify({ project: 'waiting' })
    const url = `${registry.waybill.url}/api/commands/CreateProject`
    const { status, stderr } = await registry.curl('--json', data, '-H', 'Expect: 100-continue', '-v', url)
    expect(status).toBe(200)
    expect(stderr).toContain('100 Continue')
  })

  it('is answered, not cut off, when the client sends it at once', async () => {
    for (let round = 0; round < 5; round++) {
      const { code, status, body } = await registry.curl('-T', large, '-H', 'Expect:', registry.at('there'))
      expect([code, status]).toEqual([0, 409])
      expect(body).toContain('exists already')
      const url = `${registry.at('there')}?properties`
      const properties = await registry.curl('-X', 'PUT', '--data-binary', `@${large}`, '-H', 'Expect:', url)
      expect([properties.code, properties.status]).toEqual([0, 413])
    }
  })
})

/** Sends the head and `sent` bytes of a body of `promised`, then cuts the connection. */
const cutOff = async (path: string, promised: number, sent: number): Promise<void> => {
  const socket = connect(registry.waybill.port, '127.0.0.1')
  await once(socket, 'connect')
  const head = [
    `PUT ${new URL(registry.at(path)).pathname} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Basic ${btoa(registry.admin)}`,
    `Content-Length: ${promised}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise<void>((resolve) => socket.write(randomBytes(sent), () => resolve()))
  await expect.poll(async () => (await incoming()).length, { timeout: 10_000 }).toBeGreaterThan(0)
  socket.destroy()
}

describe.skipIf(onlyEmbedded('an upload that breaks off, as the file store sees it'))(
  'an upload that breaks off',
  () => {
    it('leaves no file and nothing in the store', async () => {
      await cutOff('broken/off', SIZE, 5_000_000)
      await expect.poll(incoming, { timeout: 10_000 }).toEqual([])
      expect((await registry.curl(registry.at('broken/off'))).status).toBe(404)
      expect((await registry.curl(`${registry.at('')}?format=json`)).body).not.toContain('broken')
      expect(registry.waybill.logs()).not.toContain('"level":"error"')
      const refused = await registry.curl(
        '-T',
        large,
        '-H',
        `X-Checksum-Sha256: ${'0'.repeat(64)}`,
        registry.at('wrong'),
      )
      expect(refused.status).toBe(400)
      expect(await incoming()).toEqual([])
    })
  },
)

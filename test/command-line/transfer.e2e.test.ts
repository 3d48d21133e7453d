import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken } from '../npm/admin-token.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { newPerson, type Person } from './calls.ts'
import { startCuttingProxy } from './cutting-proxy.ts'

let waybill: WaybillProcess
let token: string
let person: Person

beforeAll(async () => {
  waybill = await startWaybill()
  token = await adminToken(waybill)
  person = await newPerson({ WAYBILL_SERVER: waybill.url, WAYBILL_TOKEN: token })
})

afterAll(async () => {
  await person[Symbol.asyncDispose]()
  await waybill.stop()
})

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const place = async (name: string, bytes: Buffer | string): Promise<string> => {
  const file = join(person.folder, name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, bytes)
  return file
}

const here = (name: string): Promise<Buffer> => readFile(join(person.folder, name))

const there = async (path: string): Promise<Buffer> => {
  const answer = await fetch(`${waybill.url}/generic/main/generic/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

const withServer = async (listener: RequestListener, work: (url: string) => Promise<void>): Promise<void> => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('an upload', () => {
  it('sends a file to a path, and says what the server has', async () => {
    const bytes = randomBytes(3_000_000)
    await place('app.bin', bytes)
    const uploaded = await person.json<object[]>([
      'upload',
      'app.bin',
      'main/generic/releases/1.0/app',
      '--content-type',
      'image/png',
    ])
    expect(uploaded).toEqual([
      {
        file: 'app.bin',
        place: 'main/generic/releases/1.0/app',
        size: bytes.length,
        sha256: sha256(bytes),
        position: expect.stringMatching(/^\d{20}$/) as string,
      },
    ])
    expect(await there('releases/1.0/app')).toEqual(bytes)
  })

  it('sends several files and all that is in folders, several at once', async () => {
    await place('one.txt', 'one')
    await place('empty.txt', '')
    for (let file = 0; file < 30; file++) await place(`tree/deep/${file % 3}/f ${file}.txt`, `${file}`)
    await symlink(join(person.folder, 'one.txt'), join(person.folder, 'tree', 'link.txt'))
    const said = await person.done(['upload', 'one.txt', 'empty.txt', 'tree', 'main/generic/many', '--jobs', '8'])
    expect(said.trim().split('\n')).toHaveLength(33)
    expect(said).toContain(`empty.txt -> main/generic/many/empty.txt 0 sha256:${sha256(Buffer.from(''))}\n`)
    expect((await there('many/deep/1/f%2013.txt')).toString()).toBe('13')
    expect((await there('many/link.txt')).toString()).toBe('one')
  })

  it('refuses to replace what is there, and ends with the code for that', async () => {
    await place('again.txt', 'again')
    await person.done(['upload', 'again.txt', 'main/generic/'])
    const { code, stderr } = await person.call(['upload', 'again.txt', 'main/generic/', '--json'])
    expect(code).toBe(6)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'already-exists' } })
    await person.done(['repo', 'create', 'main/loose', '--format', 'generic', '--overwrite'])
    await person.done(['upload', 'again.txt', 'main/loose/'])
    await person.done(['upload', 'again.txt', 'main/loose/'])
    const only = await person.call(['upload', 'again.txt', 'main/loose/', '--create-only'])
    expect({ code: only.code, stdout: only.stdout }).toEqual({ code: 6, stdout: '' })
  })

  it.each([
    [3, ['nowhere.txt', 'main/generic/']],
    [2, ['main/generic/']],
    [2, ['again.txt', 'generic']],
    [2, ['again.txt', './again.txt', 'main/generic/twice/']],
    [2, ['again.txt', 'main/generic@2026-01-01T00:00:00Z/x']],
    [3, ['again.txt', 'main/nothing/x']],
    [2, ['again.txt', 'main/generic/a/../b']],
    [2, ['again.txt', 'main/generic/x', '--jobs', 'many']],
  ])('ends with %i for %j', async (expected, args) => {
    const { code, stdout, stderr } = await person.call(['upload', ...args])
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
    expect(stderr).toMatch(/^waybill: [^\n]+\n/)
  })

  it('refuses a folder that leads back into itself', async () => {
    await place('loop/x.txt', 'x')
    await symlink('.', join(person.folder, 'loop', 'again'))
    const { code, stderr } = await person.call(['upload', 'loop', 'main/generic/loop/'])
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('leads back') as string })
  })

  it('is tried again when the connection breaks off', async () => {
    const bytes = randomBytes(8_000_000)
    await place('cut.bin', bytes)
    const proxy = await startCuttingProxy(waybill.url, { after: 2_000_000, direction: 'to the server', times: 2 })
    await person.done(['upload', 'cut.bin', 'main/generic/cut.bin', '--server', proxy.url])
    expect(proxy.cuts).toBe(2)
    await proxy.close()
    expect(sha256(await there('cut.bin'))).toBe(sha256(bytes))
  })

  it('is done when the answer was lost, but the server has the file', async () => {
    const bytes = randomBytes(1_000_000)
    await place('lost.bin', bytes)
    // 100 Continue is less than what is let through, and the answer more
    const proxy = await startCuttingProxy(waybill.url, { after: 60, direction: 'to the client', times: 1 })
    const [done] = await person.json<{ position: string | null }[]>([
      ...['upload', 'lost.bin', 'main/generic/lost.bin', '--server', proxy.url],
    ])
    expect(proxy.cuts).toBe(1)
    await proxy.close()
    expect(sha256(await there('lost.bin'))).toBe(sha256(bytes))
    expect(done?.position ?? null).toBe(null)
  })

  it('is not believed when the server kept other bytes', async () => {
    await place('true.txt', 'true')
    const lying: RequestListener = (request, response) => {
      request.resume()
      request.on('end', () => response.writeHead(201, { 'x-checksum-sha256': sha256(Buffer.from('false')) }).end())
    }
    await withServer(lying, async (url) => {
      const { code, stderr } = await person.call(['upload', 'true.txt', 'main/generic/true.txt', '--server', url])
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('the server kept true.txt with sha256') as string,
      })
    })
  })
})

describe('a download', () => {
  it('fetches a file, checked and whole, and leaves what is here already', async () => {
    const bytes = randomBytes(2_000_000)
    await place('source.bin', bytes)
    await person.done(['upload', 'source.bin', 'main/generic/dl/source.bin'])
    await person.done(['download', 'main/generic/dl/source.bin', '--output', 'here/copy.bin'])
    expect(await here('here/copy.bin')).toEqual(bytes)
    const [again] = await person.json<{ unchanged: boolean }[]>([
      ...['download', 'main/generic/dl/source.bin', '--output', 'here/copy.bin'],
    ])
    expect(again?.unchanged).toBe(true)
    await writeFile(join(person.folder, 'here', 'copy.bin'), 'older')
    await person.done(['download', 'main/generic/dl/source.bin', '--output', 'here/copy.bin'])
    expect(await here('here/copy.bin')).toEqual(bytes)
    expect(await readdir(join(person.folder, 'here'))).toEqual(['copy.bin'])
    const { stdout } = await person.call(['download', 'main/generic/releases/1.0/app', '--output', '-'])
    expect(stdout.length).toBeGreaterThan(1_000_000)
  })

  it('fetches all that is in a folder, several at once', async () => {
    for (let file = 0; file < 25; file++) await place(`out/a/${file}/ü ${file}.txt`, `${file}`)
    await person.done(['upload', 'out', 'main/generic/folder/'])
    const fetched = await person.json<object[]>(['download', 'main/generic/folder/', '--output', 'in', '--jobs', '8'])
    expect(fetched).toHaveLength(25)
    expect((await here('in/a/7/ü 7.txt')).toString()).toBe('7')
  })

  it('shows what was there at an instant', async () => {
    await place('then.txt', 'then')
    await person.done(['upload', 'then.txt', 'main/loose/then.txt'])
    const instant = new Date().toISOString()
    await expect.poll(() => new Date().toISOString()).not.toBe(instant)
    await place('then.txt', 'now')
    await person.done(['upload', 'then.txt', 'main/loose/then.txt'])
    await person.done(['download', `main/loose@${instant}/then.txt`, '--output', 'past.txt'])
    expect((await here('past.txt')).toString()).toBe('then')
  })

  it.each([
    [3, ['main/generic/nothing']],
    [3, ['main/generic/nothing/']],
    [2, ['main/generic/dl']],
    [2, ['main']],
    [2, ['main/generic/dl/', '--output', '-']],
  ])('ends with %i for %j', async (expected, args) => {
    const { code, stdout } = await person.call(['download', ...args])
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
  })

  it('goes on by ranges where the connection breaks off', async () => {
    const bytes = randomBytes(6_000_000)
    await place('ranges.bin', bytes)
    await person.done(['upload', 'ranges.bin', 'main/generic/dl/ranges.bin'])
    const proxy = await startCuttingProxy(waybill.url, { after: 1_000_000, direction: 'to the client', times: 3 })
    await person.done(['download', 'main/generic/dl/ranges.bin', '--output', 'ranged.bin', '--server', proxy.url])
    expect(proxy.cuts).toBe(3)
    await proxy.close()
    expect(await here('ranged.bin')).toEqual(bytes)
  })

  it('that was given up goes on in the next call with what came', async () => {
    const bytes = randomBytes(4_000_000)
    await place('later.bin', bytes)
    await person.done(['upload', 'later.bin', 'main/generic/dl/later.bin'])
    await place(`late.bin.${sha256(bytes).slice(0, 16)}.part`, bytes.subarray(0, 3_500_000))
    let fetched = ''
    const forward: RequestListener = (request, response) => {
      if (request.method === 'GET') fetched = request.headers.range ?? 'all'
      const headers = {
        authorization: request.headers.authorization ?? '',
        ...(request.headers.range ? { range: request.headers.range } : {}),
      }
      void fetch(`${waybill.url}${request.url}`, { method: request.method ?? 'GET', headers }).then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers))
        response.end(Buffer.from(await answer.arrayBuffer()))
      })
    }
    await withServer(forward, async (url) => {
      await person.done(['download', 'main/generic/dl/later.bin', '--output', 'late.bin', '--server', url])
    })
    expect(fetched).toBe('bytes=3500000-')
    expect(await here('late.bin')).toEqual(bytes)
  })

  it('keeps nothing whose digest is not the one that the server has', async () => {
    const wrong: RequestListener = (_, response) =>
      void response.writeHead(200, { 'content-length': 5, 'x-checksum-sha256': '0'.repeat(64) }).end('hello')
    await withServer(wrong, async (url) => {
      const { code, stderr } = await person.call(['download', 'main/generic/x', '--output', 'wrong/x', '--server', url])
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('arrived with sha256') as string,
      })
      expect(await readdir(join(person.folder, 'wrong'))).toEqual([])
    })
  })

  it('writes nowhere but below the folder that was named', async () => {
    const hostile: RequestListener = (_, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(
          JSON.stringify({ path: '', next: null, entries: [{ name: '../escaped', size: 1, sha256: '0'.repeat(64) }] }),
        )
    await withServer(hostile, async (url) => {
      const { code, stderr } = await person.call(['download', 'main/generic/', '--output', 'inside', '--server', url])
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('cannot be one here') as string,
      })
    })
  })
})

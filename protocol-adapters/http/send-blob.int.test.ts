import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openStore, type TempFolder, tempFolder } from '../../test/blob-store/file-store.ts'
import { bytesOf, collect } from '../../test/contracts/blob-store-bytes.ts'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import { disk } from '../../platform/blob-store/file/disk.ts'
import { hasCode } from '../../platform/platform-error.ts'
import { sendBlob } from './send-blob.ts'

let folder: TempFolder
let files: BlobStore
let app: FastifyInstance
let agent: Agent
let small: { sha256: string; size: number }
let large: { sha256: string; size: number }
const smallBytes = bytesOf(20_000)
// More than the sockets of both sides hold for a client that does not read (tcp_rmem and tcp_wmem: 36 MiB and more).
const largeBytes = bytesOf(80_000_000)

// What the routes answer from; a test may put its own store in front of the files.
let store: BlobStore
let finished: number[]
let aborted: number
let logged: unknown[]

beforeAll(async () => {
  folder = await tempFolder()
  files = await openStore(folder.path)
  const put = async (bytes: Buffer) => {
    const { size, digests } = await files.put(bytes)
    return { size, sha256: digests.sha256 }
  }
  small = await put(smallBytes)
  large = await put(largeBytes)

  app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => void logged.push(JSON.parse(line)) } } })
  app.addHook('onRequest', async (_, reply) => void reply.header('x-request-id', 'r1'))
  app.addHook('onResponse', async (_, reply) => void finished.push(reply.statusCode))
  app.addHook('onRequestAbort', async (_) => void (aborted += 1))
  app.setErrorHandler((error, _, reply) => reply.code(hasCode(error, 'blob-missing') ? 410 : 503).send('sorry'))
  app.get('/:sha256/:size', (request, reply) => {
    const { sha256, size } = request.params as { sha256: string; size: string }
    const described = { sha256, size: Number(size), contentType: 'application/gzip', fileName: 'a.tgz' }
    return sendBlob(reply, { store, ...described, disposition: 'attachment' })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  agent = new Agent({ keepAlive: true, maxSockets: 1 })
})

beforeEach(() => {
  store = { ...files } // another object: nothing of it is in memory yet
  finished = []
  aborted = 0
  logged = []
})

afterAll(async () => {
  agent.destroy()
  await app.close()
  await files.close()
  await folder[Symbol.asyncDispose]()
})

const ask = async (
  { sha256, size }: { sha256: string; size: number },
  headers: IncomingHttpHeaders = {},
  method = 'GET',
): Promise<IncomingMessage> => {
  const { port } = app.server.address() as AddressInfo
  const sent = httpRequest({ port, host: '127.0.0.1', path: `/${sha256}/${size}`, method, headers, agent }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

describe('a blob', () => {
  it.each(['small', 'large'])(
    'is sent whole and in parts, one answer after another on one connection: %s',
    async (which) => {
      const [blob, bytes] = which === 'small' ? [small, smallBytes] : [large, largeBytes]
      const last = bytes.length - 1
      for (let round = 0; round < 2; round += 1) {
        const whole = await ask(blob)
        expect(whole.statusCode).toBe(200)
        expect(whole.headers).toMatchObject({ 'content-length': String(bytes.length), 'x-request-id': 'r1' })
        expect((await collect(whole)).equals(bytes)).toBe(true)

        const part = await ask(blob, { range: `bytes=${last - 9}-` })
        expect(part.statusCode).toBe(206)
        expect(part.headers).toMatchObject({ 'content-range': `bytes ${last - 9}-${last}/${bytes.length}` })
        expect(await collect(part)).toEqual(bytes.subarray(-10))

        const known = await ask(blob, { 'if-none-match': whole.headers.etag })
        expect([known.statusCode, await collect(known)]).toEqual([304, Buffer.alloc(0)])

        const beyond = await ask(blob, { range: `bytes=${last + 1}-` })
        expect([beyond.statusCode, await collect(beyond)]).toEqual([416, Buffer.alloc(0)])

        const head = await ask(blob, {}, 'HEAD')
        expect([head.statusCode, head.headers['content-length']]).toEqual([200, String(bytes.length)])
        await collect(head)
      }
      await vi.waitUntil(() => finished.length === 10)
      expect(finished).toEqual([200, 206, 304, 416, 200, 200, 206, 304, 416, 200])
    },
  )

  it('that is small is read once, however many ask for whatever part of it at once', async () => {
    const read = vi.spyOn(store, 'read')
    const many = new Agent({ maxSockets: 20 })
    const { port } = app.server.address() as AddressInfo
    const answers = Array.from({ length: 20 }, async (_, index) => {
      const path = `/${small.sha256}/${small.size}`
      const sent = httpRequest({
        port,
        host: '127.0.0.1',
        path,
        agent: many,
        headers: { range: `bytes=${index}-99` },
      }).end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return collect(response)
    })
    for (const [index, bytes] of (await Promise.all(answers)).entries())
      expect(bytes).toEqual(smallBytes.subarray(index, 100))
    await collect(await ask(small))
    expect(read).toHaveBeenCalledTimes(1)
    many.destroy()
  })

  it('is not read for HEAD or for what the client has', async () => {
    const read = vi.spyOn(store, 'read')
    const open = vi.spyOn(store, 'open')
    for (const blob of [small, large]) {
      await collect(await ask(blob, {}, 'HEAD'))
      await collect(await ask(blob, { 'if-none-match': `"sha256:${blob.sha256}"` }))
    }
    expect(read).not.toHaveBeenCalled()
    expect(open).not.toHaveBeenCalled()
  })

  it.each([10, 5_000_000])('of %i bytes that is missing can still be answered otherwise', async (size) => {
    const response = await ask({ sha256: '0'.repeat(64), size })
    expect([response.statusCode, String(await collect(response))]).toEqual([410, 'sorry'])
  })

  it('that is shorter than it should be is refused before anything is sent', async () => {
    const shortened = { ...small, size: small.size + 1 }
    const response = await ask(shortened)
    expect(response.statusCode).toBe(503)
    await collect(response)
    // Nor is the wrong length remembered.
    expect((await collect(await ask(small))).equals(smallBytes)).toBe(true)
    const cut = await ask({ ...large, size: large.size + 1 })
    expect(cut.statusCode).toBe(503)
    await collect(cut)
  })
})

describe('a blob on its way', () => {
  const captureStream = (): Promise<Readable> =>
    new Promise((resolve) => {
      const { open } = store
      store.open = async (...args) => {
        const stream = await open(...args)
        resolve(stream)
        return stream
      }
    })

  it('waits for a client that does not read, and is let go when the client leaves', async () => {
    const reads = vi.spyOn(disk, 'read')
    const opened = captureStream()
    const response = await ask(large)
    const stream = await opened
    // The server must stop reading the file long before its end.
    let before = -1
    await vi.waitUntil(
      () => {
        const still = reads.mock.calls.length === before
        before = reads.mock.calls.length
        return still && before > 0
      },
      { interval: 100, timeout: 10_000 },
    )
    const asked = reads.mock.calls.reduce((sum, call: readonly unknown[]) => sum + Number(call[3]), 0)
    reads.mockRestore()
    expect(asked).toBeLessThan(largeBytes.length)
    response.destroy()
    await vi.waitUntil(() => stream.closed)
    expect(logged).toEqual([])
  })

  it('is let go when the client left before it was opened', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const { open } = store
    let asked = false
    const opened = new Promise<Readable>((resolve) => {
      store.open = async (...args) => {
        asked = true
        await held
        const stream = await open(...args)
        resolve(stream)
        return stream
      }
    })
    const { port } = app.server.address() as AddressInfo
    const sent = httpRequest({ port, host: '127.0.0.1', path: `/${large.sha256}/${large.size}` }).end()
    sent.on('error', () => undefined) // the hang-up below
    await vi.waitUntil(() => asked)
    sent.destroy()
    await vi.waitUntil(() => aborted === 1)
    release()
    const stream = await opened
    await vi.waitUntil(() => stream.destroyed)
    expect(logged).toEqual([])
  })

  it('cuts the connection when the store fails, so that no client takes a part for the whole', async () => {
    const failing = async function* () {
      yield largeBytes.subarray(0, 100_000)
      await Promise.resolve()
      throw new Error('the disk is gone')
    }
    store.open = () => Promise.resolve(Readable.from(failing()))
    const response = await ask(large)
    await expect(collect(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
    await vi.waitUntil(() => logged.length === 1)
    expect(logged).toMatchObject([{ msg: 'the bytes of a blob broke off', err: { message: 'the disk is gone' } }])
  })

  it('cuts the connection when the store ends too early', async () => {
    store.open = () => Promise.resolve(Readable.from([largeBytes.subarray(0, 100_000)]))
    const response = await ask(large)
    await expect(collect(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
    await vi.waitUntil(() => logged.length === 1)
  })
})

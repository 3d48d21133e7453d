import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { openServerClient, type ServerClient } from './server-client.ts'

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const notes: string[] = []

const clientOf = (origin: string, authorization?: string, signal = new AbortController().signal): ServerClient => {
  const client = openServerClient({ origin, authorization, signal, note: (line) => void notes.push(line) })
  opened.push(client.close)
  return client
}

const serving = async (listener: RequestListener, authorization?: string): Promise<ServerClient> =>
  clientOf(`http://127.0.0.1:${await listening(createServer(listener))}`, authorization)

const problem =
  (status: number, code: string, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    response.end(JSON.stringify({ code, detail: `It is ${code}.` }))
  }

describe('a command', () => {
  it('is sent with a key, so that a repeat does no harm, and waited for while the server is busy', async () => {
    const keys: (string | undefined)[] = []
    const client = await serving((request, response) => {
      keys.push(request.headers['idempotency-key'] as string | undefined)
      if (keys.length === 1) return problem(429, 'too-many-attempts', { 'retry-after': '0' })(request, response)
      if (keys.length === 2) return problem(503, 'unavailable', { 'retry-after': '0' })(request, response)
      response.end(JSON.stringify({ position: '1' }))
    }, 'Bearer wbt_x')
    expect(await client.command('SetTag', {})).toEqual({ position: '1' })
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(notes.at(-1)).toContain('is busy; trying again in 0 s')
  })

  it.each([
    [400, 'invalid-input', 'usage'],
    [403, 'forbidden', 'not-allowed'],
    [404, 'not-found', 'not-found'],
    [409, 'already-exists', 'conflict'],
    [500, 'internal', 'failed'],
  ])('that is refused with %i %s ends so', async (status, code, exit) => {
    const client = await serving(problem(status, code))
    await expect(client.command('SetTag', {})).rejects.toMatchObject({ code, exit, message: `It is ${code}` })
  })

  it('is given up when the server wants too long a wait', async () => {
    const client = await serving(problem(429, 'too-many-attempts', { 'retry-after': '3600' }))
    await expect(client.command('SetTag', {})).rejects.toMatchObject({
      exit: 'unavailable',
      message: 'It is too-many-attempts; try again in 3600 s',
    })
  })

  it('without credentials, or with ones that are refused, says how to get some', async () => {
    const client = await serving(problem(401, 'unauthenticated'))
    await expect(client.command('SetTag', {})).rejects.toMatchObject({
      exit: 'not-allowed',
      message: expect.stringMatching(/wants credentials: run waybill login/) as string,
    })
    const signedIn = await serving(problem(401, 'unauthenticated'), 'Bearer old')
    await expect(signedIn.command('SetTag', {})).rejects.toMatchObject({
      message: expect.stringContaining('refused') as string,
    })
  })
})

describe('a query', () => {
  it('answers its data, or throws the first error', async () => {
    const answers = [
      { data: { a: 1 } },
      { data: null, errors: [{ message: 'No.', extensions: { code: 'forbidden' } }] },
    ]
    const client = await serving((_, response) => response.end(JSON.stringify(answers.shift())))
    expect(await client.query('{ a }')).toEqual({ a: 1 })
    await expect(client.query('{ a }')).rejects.toMatchObject({ code: 'forbidden', message: 'No', exit: 'not-allowed' })
  })
})

describe('a server', () => {
  it.each([200, 404, 502])('that is another than Waybill is not taken for one (%i)', async (status) => {
    const client = await serving((_, response) => response.writeHead(status).end('<html>Welcome</html>'))
    await expect(client.command('SetTag', {})).rejects.toMatchObject({
      code: 'not-waybill',
      message: expect.stringContaining('not as Waybill does') as string,
    })
  })

  it('that does not listen, speaks no HTTP, breaks off or has no name is told in one sentence', async () => {
    const closed = createServer()
    const port = await listening(closed)
    closed.close()
    await expect(clientOf(`http://127.0.0.1:${port}`).query('{ a }')).rejects.toMatchObject({
      exit: 'unavailable',
      message: expect.stringContaining('nothing listens there') as string,
    })
    const strange = await listening(createTcpServer((socket) => socket.end('220 mail.example ESMTP\r\n')))
    await expect(clientOf(`http://127.0.0.1:${strange}`).query('{ a }')).rejects.toMatchObject({
      message: expect.stringContaining('does not speak HTTP') as string,
    })
    const cutting = await listening(createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())))
    await expect(clientOf(`http://127.0.0.1:${cutting}`).query('{ a }')).rejects.toMatchObject({
      code: 'connection-lost',
    })
    await expect(clientOf('http://nowhere.invalid').query('{ a }')).rejects.toMatchObject({
      exit: 'unavailable',
      message: expect.stringContaining('http://nowhere.invalid cannot be reached') as string,
    })
  })

  it('whose certificate is not trusted, or that speaks no TLS, is not spoken to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'))
    opened.push(() => rmSync(folder, { recursive: true, force: true }))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1']
    execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
      response.end('{}'),
    )
    const trusted = await listening(tls)
    await expect(clientOf(`https://127.0.0.1:${trusted}`).query('{ a }')).rejects.toMatchObject({
      exit: 'unavailable',
      message: expect.stringMatching(/certificate is not trusted \(\w+\): set NODE_EXTRA_CA_CERTS/) as string,
    })
    const plain = await listening(createServer((_, response) => response.end('{}')))
    await expect(clientOf(`https://127.0.0.1:${plain}`).query('{ a }')).rejects.toMatchObject({
      message: expect.stringContaining('does not speak TLS') as string,
    })
  })
})

describe('bytes', () => {
  const upload = (client: ServerClient, open: () => Readable) =>
    client.send({ method: 'PUT', address: '/x', headers: { 'content-length': 5 }, body: open })

  it('are not opened when the server refuses them beforehand', async () => {
    const server = createServer()
    server.on('checkContinue', problem(409, 'already-exists'))
    const client = clientOf(`http://127.0.0.1:${await listening(server)}`)
    let opens = 0
    const open = (): Readable => {
      opens++
      return Readable.from(['hello'])
    }
    await expect(upload(client, open)).rejects.toMatchObject({ exit: 'conflict' })
    expect(opens).toBe(0)
  })

  it('are sent to a server that knows no 100 Continue', async () => {
    const server = createServer()
    server.on('checkContinue', (request, response) => {
      void text(request).then((received) => response.writeHead(201, { 'x-received': received }).end())
    })
    const client = clientOf(`http://127.0.0.1:${await listening(server)}`)
    expect((await upload(client, () => Readable.from(['hello']))).headers['x-received']).toBe('hello')
  })

  it('that cannot be read end the request with what is wrong with them', async () => {
    const client = await serving((request) => void request.resume())
    const broken = () =>
      new Readable({
        read() {
          this.destroy(new Error('the disk is broken'))
        },
      })
    await expect(upload(client, broken)).rejects.toMatchObject({ exit: 'failed', message: 'the disk is broken' })
  })

  it('are sent anew when the server was too busy to take them', async () => {
    let asked = 0
    const client = await serving((request, response) => {
      if (asked++ === 0) return problem(429, 'too-many-attempts', { 'retry-after': '0' })(request, response)
      void text(request).then((received) => response.writeHead(201, { 'x-received': received }).end())
    })
    expect((await upload(client, () => Readable.from(['hello']))).headers['x-received']).toBe('hello')
  })
})

it('sends credentials to its own server alone', async () => {
  const seen: (string | undefined)[] = []
  const elsewhere = await listening(
    createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.end()
    }),
  )
  const client = await serving((request, response) => {
    seen.push(request.headers.authorization)
    response.end()
  }, 'Bearer wbt_x')
  for (const address of ['/x', `http://127.0.0.1:${elsewhere}/x`])
    (await client.send({ method: 'GET', address })).body.resume()
  expect(seen).toEqual(['Bearer wbt_x', undefined])
})

it('ends what is under way when it is interrupted', async () => {
  const controller = new AbortController()
  const port = await listening(createServer(() => controller.abort(new Error('enough'))))
  await expect(clientOf(`http://127.0.0.1:${port}`, undefined, controller.signal).query('{ a }')).rejects.toThrow(
    'enough',
  )
})

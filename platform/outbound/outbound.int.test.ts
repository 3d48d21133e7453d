import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { parseCidr } from '../config/cidr.ts'
import type { OutboundAllow } from '../config/config-values.ts'
import { createOutbound, type Outbound, type OutboundOptions } from './outbound.ts'
import type { OutboundRequest } from './outbound-request.ts'

const open: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener): Promise<number> => listening(createServer(listener))

const allowing = (...ranges: string[]): OutboundAllow => ({
  hosts: [],
  cidrs: ranges.map(parseCidr).filter((range) => range !== undefined),
})
const LOCAL = allowing('127.0.0.1')

const outboundWith = (options: Partial<OutboundOptions> = {}): Outbound => {
  const outbound = createOutbound({ allow: LOCAL, log: pino({ level: 'silent' }), ...options })
  open.push(() => outbound.close())
  return outbound
}

const get = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'GET',
  url,
  timeoutMs: 5000,
  maxResponseBytes: 1000,
  ...more,
})

describe('what may be called', () => {
  it('refuses every spelling of an inside address before anything is sent', async () => {
    let requests = 0
    const port = await serve((_, answer) => {
      requests += 1
      answer.end()
    })
    const outbound = outboundWith({ allow: allowing() })
    const hosts = [
      ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '0', 'localhost', 'localhost.'],
      ...[
        '[::1]',
        '[::]',
        '[::ffff:127.0.0.1]',
        '[::ffff:7f00:1]',
        '[64:ff9b::7f00:1]',
        '[2002:7f00:1::]',
        '１２７.0.0.1',
      ],
    ]
    for (const host of hosts)
      await expect(outbound.send(get(`http://${host}:${port}/`)), host).rejects.toMatchObject({
        code: 'unavailable',
        failure: 'refused',
      })
    expect(requests).toBe(0)
  })

  it('refuses other schemes and credentials in the URL', async () => {
    const outbound = outboundWith()
    for (const url of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://x', 'http://u:p@127.0.0.1/', 'nothing'])
      await expect(outbound.send(get(url)), url).rejects.toMatchObject({ failure: 'refused' })
  })

  it('does not say which address a name stands for', async () => {
    const outbound = outboundWith({
      allow: allowing(),
      resolve: () => Promise.resolve([{ address: '10.9.8.7', family: 4 }]),
    })
    const failure = await outbound.send(get('http://db.example/')).catch((error: unknown) => String(error))
    expect(failure).toContain('db.example is not on the public internet')
    expect(failure).not.toContain('10.9.8.7')
  })

  it('connects to the address it looked at, whatever the name stands for a moment later', async () => {
    const port = await serve((_, answer) => answer.end('inside'))
    const answers = ['127.0.0.1', '10.0.0.1']
    let asked = 0
    const outbound = outboundWith({
      resolve: () => Promise.resolve([{ address: answers[asked++] ?? '10.0.0.1', family: 4 }]),
    })
    const url = `http://rebinding.example:${port}/`
    expect((await outbound.send(get(url, { headers: { connection: 'close' } }))).body.toString()).toBe('inside')
    expect(asked).toBe(1)
    await expect(outbound.send(get(url))).rejects.toMatchObject({ failure: 'refused' })
    expect(asked).toBe(2)
  })

  it('leaves out the inside addresses of a name that has others', async () => {
    const port = await serve((_, answer) => answer.end('ok'))
    const outbound = outboundWith({
      resolve: () =>
        Promise.resolve([
          { address: '10.0.0.1', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]),
    })
    expect((await outbound.send(get(`http://two.example:${port}/`))).status).toBe(200)
  })

  it('lets an allowed host have any address', async () => {
    const port = await serve((_, answer) => answer.end('ok'))
    const outbound = outboundWith({
      allow: { hosts: ['hooks.inside'], cidrs: [] },
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    })
    expect((await outbound.send(get(`http://hooks.inside.:${port}/`))).status).toBe(200)
    await expect(outbound.send(get(`http://other.inside:${port}/`))).rejects.toMatchObject({ failure: 'refused' })
  })
})

describe('redirects', () => {
  it('are not followed unless asked for', async () => {
    const port = await serve((_, answer) => answer.writeHead(302, { location: '/elsewhere' }).end())
    expect((await outboundWith().send(get(`http://127.0.0.1:${port}/`))).status).toBe(302)
  })

  it('come under the same rule, each of them', async () => {
    const port = await serve((request, answer) =>
      answer.writeHead(302, { location: request.url === '/a' ? '/b' : 'http://169.254.169.254/latest/' }).end(),
    )
    const sent = outboundWith().send(get(`http://127.0.0.1:${port}/a`, { redirects: 5 }))
    await expect(sent).rejects.toMatchObject({
      failure: 'refused',
      message: expect.stringContaining('169.254') as string,
    })
  })

  it('keep credentials from another origin, and end after as many as were allowed', async () => {
    const seen: (string | undefined)[] = []
    const other = await serve((request, answer) => {
      seen.push(request.headers.authorization)
      answer.writeHead(307, { location: '/again' }).end()
    })
    const port = await serve((request, answer) => {
      seen.push(request.headers.authorization)
      answer.writeHead(307, { location: `http://127.0.0.1:${other}/` }).end()
    })
    const sent = outboundWith().send(
      get(`http://127.0.0.1:${port}/`, { redirects: 2, headers: { authorization: 'Bearer x' } }),
    )
    await expect(sent).rejects.toMatchObject({ failure: 'redirects' })
    expect(seen).toEqual(['Bearer x', undefined, undefined])
  })
})

describe('bounds', () => {
  it('cuts a large answer off or refuses it, as it was asked', async () => {
    const port = await serve((_, answer) => answer.end('x'.repeat(5000)))
    const outbound = outboundWith()
    const cut = await outbound.send(get(`http://127.0.0.1:${port}/`, { beyond: 'cut' }))
    expect([cut.body.length, cut.truncated]).toEqual([1000, true])
    await expect(outbound.send(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({ failure: 'too-large' })
  })

  it('stops a server that answers by drips after the time for all of it', async () => {
    const port = await serve((_, answer) => {
      answer.writeHead(200)
      const drip = setInterval(() => answer.write('.'), 20)
      answer.on('close', () => clearInterval(drip))
    })
    const began = performance.now()
    const sent = outboundWith().send(get(`http://127.0.0.1:${port}/`, { timeoutMs: 400, maxResponseBytes: 1e6 }))
    await expect(sent).rejects.toMatchObject({ code: 'timeout', message: '127.0.0.1 did not answer within 400 ms' })
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it('stops a resolver that never answers', async () => {
    const outbound = outboundWith({ resolve: () => new Promise(() => undefined) })
    await expect(outbound.send(get('http://slow.example/', { timeoutMs: 200 }))).rejects.toMatchObject({
      code: 'timeout',
    })
  })

  it('ends with its signal', async () => {
    const port = await serve(() => undefined)
    const stop = new AbortController()
    const sent = outboundWith().send(get(`http://127.0.0.1:${port}/`, { signal: stop.signal }))
    stop.abort(new Error('drained'))
    await expect(sent).rejects.toThrow('drained')
  })

  it('uses connections again, and never more than 16 to one origin', async () => {
    let connections = 0
    const held: (() => void)[] = []
    const server = createServer((request, answer) => {
      if (request.url === '/hold') held.push(() => answer.end())
      else answer.end()
    })
    server.on('connection', () => (connections += 1))
    const url = `http://127.0.0.1:${await listening(server)}`
    const outbound = outboundWith()
    for (let at = 0; at < 20; at += 1) await outbound.send(get(url))
    expect(connections).toBeLessThan(5)
    const sent = Promise.all(Array.from({ length: 40 }, () => outbound.send(get(`${url}/hold`))))
    while (held.length < 16) await new Promise((resolve) => setImmediate(resolve))
    expect(connections).toBe(16)
    const release = setInterval(() => held.splice(0).forEach((end) => end()), 5)
    await sent
    clearInterval(release)
    expect(connections).toBe(16)
  })
})

describe('what goes wrong is told in a sentence', () => {
  it.each([
    ['a refused connection', 'http://127.0.0.1:1/', '127.0.0.1 refuses the connection'],
    ['a name that does not exist', 'http://nothing.invalid/', 'nothing.invalid is a name that does not exist'],
  ])('%s', async (_, url, message) => {
    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    await expect(outboundWith({ resolve }).send(get(url))).rejects.toMatchObject({ failure: 'unreachable', message })
  })

  it('something that is no HTTP', async () => {
    const port = await serve((request) => request.socket.end('220 mail.example ESMTP\r\n'))
    await expect(outboundWith().send(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({ failure: 'broken' })
  })
})

describe('through a proxy', () => {
  const proxied = async () => {
    const asked: string[] = []
    const server = createServer((request, answer) => {
      asked.push(`${request.method} ${request.url}`)
      answer.end('by the proxy')
    })
    server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`)
      const port = Number(request.url?.split(':')[1])
      const upstream = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    return { asked, proxy: `http://127.0.0.1:${await listening(server)}` }
  }

  it('the name is checked here and connected to there', async () => {
    const { asked, proxy } = await proxied()
    const outbound = outboundWith({
      proxy,
      resolve: (host) => Promise.resolve([{ address: host === 'in.example' ? '10.0.0.1' : '8.8.8.8', family: 4 }]),
    })
    expect((await outbound.send(get('http://out.example/x'))).body.toString()).toBe('by the proxy')
    await expect(outbound.send(get('http://in.example/x'))).rejects.toMatchObject({ failure: 'refused' })
    await expect(outbound.send(get('http://10.0.0.1/x'))).rejects.toMatchObject({ failure: 'refused' })
    expect(asked).toEqual(['GET http://out.example/x'])
  })

  it('https goes through a tunnel', async () => {
    const { asked, proxy } = await proxied()
    const outbound = outboundWith({ proxy, resolve: () => Promise.resolve([{ address: '8.8.8.8', family: 4 }]) })
    await expect(outbound.send(get('https://out.example:1/x'))).rejects.toMatchObject({ code: 'unavailable' })
    expect(asked).toEqual(['CONNECT out.example:1'])
  })
})

import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/**
 * A proxy for everything but this machine, which lets nothing through and notes who was asked for. For clients that are no
 * Node programs; those that are report their connections themselves (recorded-connections.ts).
 */
export const foreignRequests = async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(502).end()
  })
  server.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '')
    // the client may be gone already
    socket.on('error', () => socket.destroy())
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const direct = '127.0.0.1,localhost'
  return {
    env: {
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      NO_PROXY: direct,
      http_proxy: proxy,
      https_proxy: proxy,
      no_proxy: direct,
    },
    /** Hosts or URLs, in order. */
    asked: asked as readonly string[],
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and breaks connections. */
export interface TcpProxy {
  readonly port: number
  /** Connections that were made through it so far. */
  readonly connections: number
  /** Resets every connection at once, as the end of the server's process does. */
  reset(): void
  /** From now on nothing gets through the connections that there are, as when a firewall has forgotten them; new ones work. */
  swallow(): void
  close(): Promise<void>
}

export const startTcpProxy = async (host: string, port: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>()
  let connections = 0
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // the other side is told below
  }
  const server = createServer((client) => {
    connections += 1
    const upstream = connect(port, host)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      keep(socket)
      socket.pipe(other)
      socket.once('close', () => other.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    swallow() {
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

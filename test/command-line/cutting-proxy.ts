import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands before a server and cuts connections, as a bad line does. */
export interface CuttingProxy {
  readonly url: string
  /** How many connections were cut. */
  readonly cuts: number
  close(): Promise<void>
}

export interface Cuts {
  /** Bytes of one direction that a connection lets through before it is cut. */
  readonly after: number
  readonly direction: 'to the server' | 'to the client'
  /** So many connections that reach it are cut; those that follow are not. */
  readonly times: number
}

export const startCuttingProxy = async (target: string, { after, direction, times }: Cuts): Promise<CuttingProxy> => {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const pair = [client, upstream]
    for (const socket of pair) {
      sockets.add(socket)
      // one side's end is the other's; that it came by force is what the test is about
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        for (const one of pair) one.destroy()
      })
    }
    let passed = 0
    const counted = direction === 'to the server' ? client : upstream
    counted.on('data', (chunk: Buffer) => {
      passed += chunk.length
      if (passed < after || cuts >= times) return
      cuts++
      for (const socket of pair) socket.resetAndDestroy()
    })
    client.pipe(upstream)
    upstream.pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

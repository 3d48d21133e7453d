import { once } from 'node:events'
import { createServer, type Server as SocketServer, type Socket } from 'node:net'
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { appendCall } from './append-call.ts'
import { batchAppend } from './batch-append.ts'
import { deleteCall, tombstoneCall } from './delete-calls.ts'
import type { NodeContext } from './node-context.ts'
import { type gossip, GossipService, ServerFeaturesService, StreamsService } from './protocol.ts'
import { readCall } from './read-call.ts'
import { getSupportedMethods } from './supported-methods.ts'
import { shutDown } from './statuses.ts'

/** Larger requests break the call they came on. */
const MAX_REQUEST_BYTES = 17 * 1024 * 1024

/** Calls that do not end when they are told to are cut off after so long. */
const SHUTDOWN_MS = 1_000

/** Answers of Read are bytes already: those of an event are made once, when it is written. */
const streamsWithReadyAnswers = {
  ...StreamsService,
  read: {
    ...StreamsService.read,
    responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  },
}

/** One node's gRPC server on sockets of our own, so that they can be reset. */
export class Node {
  readonly context: NodeContext
  readonly #gossip: () => gossip.ClusterInfo
  readonly #sockets = new Set<Socket>()
  #listener: SocketServer | undefined
  #server: Server | undefined

  constructor(context: NodeContext, clusterInfo: () => gossip.ClusterInfo) {
    this.context = context
    this.#gossip = clusterInfo
  }

  /** Listens on the port; 0 takes a free one. Answers the port. */
  async listen(port: number): Promise<number> {
    this.#server = this.#newServer()
    const calls = this.#server.createConnectionInjector(ServerCredentials.createInsecure())
    const listener = createServer((socket) => {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      calls.injectConnection(socket)
    })
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
    this.#listener = listener
    return (listener.address() as { port: number }).port
  }

  /** Ends at once: the port is closed and every connection reset, as when the process is killed. */
  async kill(): Promise<void> {
    const closed = this.#unlisten()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  /**
   * Shuts down in order: takes no new calls, and ends those that stand with the status that a client sees then. A socket that
   * was reset instead would lose what its client has not read yet.
   */
  async shutDown(): Promise<void> {
    const closed = this.#unlisten()
    // What we wait for is the end of the connections, which is the end of its calls.
    this.#server?.tryShutdown(() => undefined)
    for (const end of this.context.standingCalls) end(shutDown())
    this.context.standingCalls.clear()
    const late = setTimeout(() => void this.kill(), SHUTDOWN_MS)
    await closed
    clearTimeout(late)
  }

  /** Takes no more connections; resolves when those that are there have ended. */
  async #unlisten(): Promise<void> {
    const listener = this.#listener
    if (listener === undefined) return
    this.#listener = undefined
    const closed = once(listener, 'close')
    listener.close()
    await closed
  }

  #newServer(): Server {
    const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES })
    server.addService(streamsWithReadyAnswers, {
      append: appendCall(this.context),
      batchAppend: batchAppend(this.context),
      read: readCall(this.context),
      delete: deleteCall(this.context),
      tombstone: tombstoneCall(this.context),
    })
    server.addService(ServerFeaturesService, { getSupportedMethods })
    const read: UntypedServiceImplementation[string] = (
      _call: unknown,
      callback: (error: null, info: object) => void,
    ) => callback(null, this.#gossip())
    server.addService(GossipService, { read })
    return server
  }
}

import type { JetStreamClient, JetStreamManager, NatsConnection } from 'nats'
import { connect } from 'nats'
import { PlatformError } from '../../platform-error.ts'

/** Where the servers of a NATS are; what `WAYBILL_QUEUE` says. */
export interface NatsLocation {
  /** `host:port` or `nats://host:port` each, of one cluster. */
  readonly servers: readonly string[]
  readonly credentials?: { readonly user: string; readonly pass: string } | undefined
  readonly tls?: boolean | undefined
}

export interface NatsAccess {
  readonly connection: NatsConnection
  readonly jetstream: JetStreamClient
  readonly streams: JetStreamManager
  /** Whether there is a connection at this moment. Without one the client keeps what is sent, so nothing should be. */
  readonly state: { readonly connected: boolean }
}

/** A request to JetStream that was not answered by then has failed. */
const ANSWER_MS = 3000

/**
 * Connects, and mends the connection by itself from then on, for as long as it takes. A server that stands still is noticed after
 * 10 s.
 * @throws {PlatformError} `unavailable`: no server can be reached, or none with JetStream
 */
export const connectToNats = async ({ servers, credentials, tls }: NatsLocation): Promise<NatsAccess> => {
  try {
    const connection = await connect({
      servers: [...servers],
      ...credentials,
      ...(tls === true ? { tls: {} } : {}),
      name: 'waybill',
      timeout: ANSWER_MS,
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 200,
      reconnectJitter: 100,
      pingInterval: 5000,
      maxPingOut: 2,
      // credentials that are being changed are refused for a while
      ignoreAuthErrorAbort: true,
    })
    try {
      const options = { timeout: ANSWER_MS }
      const streams = await connection.jetstreamManager(options)
      return { connection, jetstream: connection.jetstream(options), streams, state: watchedState(connection) }
    } catch (error) {
      await connection.close()
      throw error
    }
  } catch (error) {
    throw new PlatformError(
      'unavailable',
      `the NATS at ${servers.join(',')} cannot be used: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  }
}

const watchedState = (connection: NatsConnection): NatsAccess['state'] => {
  const state = { connected: true }
  const watch = async (): Promise<void> => {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') state.connected = false
      if (type === 'reconnect') state.connected = true
    }
    state.connected = false
  }
  void watch() // ends with the connection
  return state
}

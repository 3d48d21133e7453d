import { randomBytes } from 'node:crypto'
import { EventStoreDBClient } from '@eventstore/db-client'
import {
  type EventStoreDbOptions,
  openEventStoreDb,
} from '../../platform/event-store/eventstoredb/eventstoredb-event-store.ts'
import type { ServedEventStoreUnderTest } from '../contracts/event-store-under-test.ts'
import { type EventStoreDbServer, startEventStoreDb } from '../eventstoredb/server.ts'
import { quietLog } from '../postgres.ts'
import { type EventStoreDbLog, openInChild } from './eventstoredb-child.ts'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'

export interface EventStoreDbUnderTest extends ServedEventStoreUnderTest {
  readonly server: EventStoreDbServer
  readonly proxy: TcpProxy
  /** Where the store has its log: through the proxy. */
  readonly where: EventStoreDbLog
}

type TestOptions = Partial<Pick<EventStoreDbOptions, 'log' | 'appendTimeoutMs'>>

/** Streams that no other run has, on a server whose log others may share. */
export const newStreamPrefix = (): string => `test${randomBytes(6).toString('hex')}.`

/** An event store on a server, its connections through a proxy that can break them. The server is started if none is given. */
export const openTestEventStoreDb = async (
  options: TestOptions = {},
  given?: EventStoreDbServer,
): Promise<EventStoreDbUnderTest> => {
  const server = given ?? (await startEventStoreDb())
  const { host, port, query } = partsOf(server.connectionString)
  const proxy = await startTcpProxy(host, port)
  const where: EventStoreDbLog = {
    connectionString: `esdb://127.0.0.1:${proxy.port}?${query}`,
    streamPrefix: newStreamPrefix(),
  }
  const counter = { events: 0 }
  const store = openEventStoreDb({ ...where, log: quietLog, connect: counting(counter), ...options })
  return {
    store,
    server,
    proxy,
    where,
    childArgument: JSON.stringify(where),
    fetched: () => counter.events,
    interrupt: async () => proxy.reset(),
    reopen: () => openInChild(JSON.stringify(where)),
    close: async () => {
      await store.close()
      await proxy.close()
      if (given === undefined) await server.close()
    },
  }
}

/** A proxy stands for one node, and has no certificate. */
const partsOf = (connectionString: string): { host: string; port: number; query: string } => {
  const match = /^esdb:\/\/(?:[^@/]*@)?([^:,/?]+)(?::(\d+))?\/?\?(.*)$/.exec(connectionString)
  const [, host, port = '2113', query = ''] = match ?? []
  if (host === undefined || !/\btls=false\b/.test(query)) {
    throw new Error('these tests need a server of one node without TLS: esdb://host:port?tls=false')
  }
  return { host, port: Number(port), query }
}

/** A client that counts the events it hands over. */
const counting =
  (counter: { events: number }) =>
  (connectionString: string): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(connectionString)
    const count = <Reading extends { push(chunk: unknown): boolean }>(reading: Reading): Reading => {
      const push = reading.push.bind(reading)
      reading.push = (chunk) => {
        if (chunk !== null) counter.events += 1
        return push(chunk)
      }
      return reading
    }
    const { readAll, subscribeToAll } = client
    client.readAll = (...args) => count(readAll.apply(client, args))
    client.subscribeToAll = (...args) => count(subscribeToAll.apply(client, args))
    return client
  }

import { setTimeout as delay } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import { PlatformError } from '../../platform-error.ts'
import type { EventStoreLog } from '../event-store-log.ts'
import { repaired } from './client-repairs.ts'
import { withPresets } from './connection-string.ts'
import type { Remedy } from './failures.ts'

/** A client and the calls made with it, until something makes them useless. */
export interface Link {
  readonly client: EventStoreDBClient
  /** Its calls were ended by us: a read that ended with it may be incomplete. */
  readonly over: boolean
  /** They were ended because nothing was answered for too long. */
  readonly wasSilent: boolean
}

export interface Connection {
  /** Undefined while the calls of the last one are being ended. */
  readonly link: Link | undefined
  /**
   * The link, once there is one.
   * @throws {PlatformError} `unavailable` when the connection is closed
   */
  ready(): Promise<Link>
  /** Ends the link's calls and begins a new link, unless that has happened already. */
  renew(link: Link, remedy: Remedy): void
  /** The same, when too long nothing was answered: the connection may be dead without anybody having noticed. */
  renewSilent(link: Link, reason: string): void
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly connectionString: string
  readonly log: EventStoreLog
  /** Makes the client; tests put something between. */
  readonly connect?: (connectionString: string) => EventStoreDBClient
  /** Called at once when a link is over, before its calls fail. */
  readonly ended: () => void
  /** Called when there is a new link. */
  readonly renewed: () => void
}

/** How long the ending of calls is waited for: `dispose` of the client may wait for ever. */
const DISPOSE_MS = 200

/**
 * The one client of a process for all that it sends, and its replacement. Pending appends live in one table for all clients
 * of a process: a process should open one store. More of them work, but when one loses its connection the others send again
 * what they have under way.
 * @throws {PlatformError} `unavailable` when the connection string is not understood
 */
export const openConnection = (options: ConnectionOptions): Connection => {
  const { log, ended, renewed, connect = (text: string) => EventStoreDBClient.connectionString(text) } = options
  const channels = new Set<{ close(): void }>()
  let link: MutableLink | undefined
  let closed = false
  let coming = Promise.withResolvers<undefined>()

  const newClient = (): EventStoreDBClient => repaired(connected(connect, options.connectionString), channels)

  const begin = (client: EventStoreDBClient): void => {
    link = { client, over: false, wasSilent: false }
    coming.resolve(undefined)
  }

  /** The calls are cancelled before this returns. */
  const end = async (old: MutableLink): Promise<void> => {
    old.over = true
    link = undefined
    coming = Promise.withResolvers()
    ended()
    await Promise.race([old.client.dispose(), delay(DISPOSE_MS, undefined, { ref: false })])
  }

  const closeChannels = (): void => {
    for (const channel of channels) channel.close()
    channels.clear()
  }

  const renew = async (old: MutableLink, remedy: 'calls' | 'client'): Promise<void> => {
    await end(old)
    if (closed) return
    if (remedy === 'client') closeChannels()
    begin(remedy === 'client' ? anotherClient(old.client) : old.client)
    renewed()
  }

  const anotherClient = (old: EventStoreDBClient): EventStoreDBClient => {
    try {
      return newClient()
    } catch (error) {
      // A certificate's file is gone, say. The old client connects anew too, if not always.
      log.error({ err: error }, 'no new client for EventStoreDB can be made')
      return old
    }
  }

  begin(newClient())
  return {
    get link() {
      return link
    },
    async ready() {
      while (link === undefined) {
        if (closed) throw new PlatformError('unavailable', 'the event store is closed')
        await coming.promise
      }
      return link
    },
    renew(old, remedy) {
      if (remedy !== 'none' && old === link) void renew(link, remedy)
    },
    renewSilent(old, reason) {
      if (old !== link) return
      log.warn({ reason }, 'EventStoreDB is silent: the connection to it is made anew')
      link.wasSilent = true
      void renew(link, 'client')
    },
    async close() {
      closed = true
      if (link !== undefined) await end(link)
      closeChannels()
      coming.resolve(undefined)
    },
  }
}

interface MutableLink extends Link {
  over: boolean
  wasSilent: boolean
}

/** The client's own message repeats the string, which may hold a password. */
const connected = (connect: (text: string) => EventStoreDBClient, connectionString: string): EventStoreDBClient => {
  try {
    return connect(withPresets(connectionString))
  } catch (error) {
    const { expected } = error as { expected?: unknown }
    const hint = typeof expected === 'string' ? `: expected ${expected}` : ''
    throw new PlatformError('unavailable', `the connection string of EventStoreDB is not understood${hint}`)
  }
}

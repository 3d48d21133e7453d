import type { EventStoreDBClient } from '@eventstore/db-client'

interface Closable {
  close(): void
}

interface Writes {
  write(message: unknown): boolean
}

type CreateCall = (service: unknown) => Writes

/** Parts of the client that are not open, as they are in 6.2.1, its last release. */
interface ClosedParts {
  createChannel: () => Promise<Closable>
  GRPCStreamCreator: (service: unknown, name: string, create: CreateCall, ...cache: unknown[]) => unknown
}

/**
 * Makes good what the client lacks.
 *
 * It cannot be asked to close its connection, and a new client for the same server would share it, dead or not: `channels`
 * gets those that it makes.
 *
 * While an append call cannot take more at once, appends wait in a queue of the client's. When the call then breaks, it throws
 * for each of them where nobody can catch it, and Node ends the process. So the call is made to take everything; how much that
 * is, is limited by how many appends are under way.
 */
export const repaired = (client: EventStoreDBClient, channels: Set<Closable>): EventStoreDBClient => {
  const parts = client as unknown as ClosedParts
  const { createChannel, GRPCStreamCreator } = parts
  parts.createChannel = async () => {
    const channel = await createChannel()
    channels.add(channel)
    return channel
  }
  parts.GRPCStreamCreator = (service, name, create, ...cache) =>
    GRPCStreamCreator(
      service,
      name,
      (stub) => (name === 'appendToStream' ? takingAll(create(stub)) : create(stub)),
      ...cache,
    )
  return client
}

const takingAll = (call: Writes): Writes => {
  const write = call.write.bind(call)
  call.write = (message) => {
    write(message)
    return true
  }
  return call
}

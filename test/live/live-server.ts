import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Role } from '../../domain/access/authorise.ts'
import { systemClock } from '../../platform/clock.ts'
import { createMetrics } from '../../platform/metrics.ts'
import { createAuthenticator } from '../../protocol-adapters/http/authentication/authenticator.ts'
import type { Gateway } from '../../protocol-adapters/http/gateway.ts'
import { RepositoryDirectory } from '../../protocol-adapters/http/repository-directory.ts'
import type { ListenerLimits } from '../../protocol-adapters/live/listener.ts'
import { live } from '../../protocol-adapters/live/live.ts'
import { openCore, silent, type TestCore } from '../core.ts'
import { sender, type Send } from '../graphql/commands.ts'

/** A started server with nothing but `/api/events`, on a database of its own. */
export interface LiveServer {
  readonly core: TestCore
  readonly app: FastifyInstance
  readonly gateway: Gateway
  /** Of `/api/events`. */
  readonly url: string
  readonly send: Send
  /** A new service account with these roles; its token. */
  account(login: string, roles: readonly (readonly [Role, string])[], limits?: object): Promise<string>
  close(): Promise<void>
}

export interface LiveServerOptions {
  readonly limits?: ListenerLimits
  /** Puts something in the way of what the server is built on. */
  readonly change?: (gateway: Gateway) => Gateway
}

export const startLive = async ({ limits, change = (one) => one }: LiveServerOptions = {}): Promise<LiveServer> => {
  const core = await openCore()
  const { dependencies, tail, projector, run, database, blobs } = core
  const { vault } = dependencies
  const sql = database.database.interactive
  const { progress } = projector
  const sources = { vault, sql, tail, progress, clock: systemClock, log: silent }
  const gateway = change({
    ...sources,
    metrics: createMetrics(),
    blobs,
    run,
    authenticator: createAuthenticator({ ...sources, trustedProxies: [] }),
    repositories: new RepositoryDirectory(sql, tail, progress),
    denied: () => undefined,
    publicUrl: undefined,
  } as Partial<Gateway> as Gateway)
  const app = Fastify({ genReqId: () => 'request-1' })
  await app.register(live(gateway, limits))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const send = sender(core)
  return {
    core,
    app,
    gateway,
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/events`,
    send,
    async account(login, roles, given = {}) {
      await send('CreateAccount', { account: login, kind: 'service' })
      for (const [role, scope] of roles) await send('GrantRole', { role, account: login, scope })
      const { token } = await send('CreateToken', { name: `of ${login}`, account: login, ...given })
      return token as string
    },
    async close() {
      await app.close()
      await core.close()
    },
  }
}

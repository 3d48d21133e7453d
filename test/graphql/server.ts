import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Action, Principal, Resource, Role } from '../../domain/access/authorise.ts'
import { openAccessLog, type AccessLog } from '../../platform/access-log/access-log.ts'
import { openDocuments } from '../../platform/blob-store/documents.ts'
import { systemClock } from '../../platform/clock.ts'
import { createAuthenticator } from '../../protocol-adapters/http/authentication/authenticator.ts'
import { callerOf } from '../../protocol-adapters/http/caller.ts'
import { RepositoryDirectory } from '../../protocol-adapters/http/repository-directory.ts'
import type { ReadApi } from '../../read-api/context.ts'
import { graphql } from '../../read-api/graphql.ts'
import { openCore, silent, type TestCore } from '../core.ts'
import { sender, type Send } from './commands.ts'

interface Refused {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // a test says by its assertions what it expects to be there
  readonly data: Data
  readonly errors: readonly Refused[]
  readonly extensions: Readonly<Record<string, unknown>> | undefined
}

export type Data = { readonly [field: string]: Data } & { readonly [index: number]: Data } & readonly Data[] & string

export interface Question {
  readonly as?: string | undefined
  readonly variables?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A started server with nothing but `/graphql`, on a database of its own. */
export interface GraphqlServer {
  readonly core: TestCore
  readonly api: ReadApi
  readonly app: FastifyInstance
  readonly url: string
  readonly send: Send
  readonly accessLog: AccessLog
  /** Refusals that were counted. */
  readonly denials: readonly { readonly principal: Principal; readonly action: Action; readonly resource: Resource }[]
  /** A new service account with these roles; its token, and what may be done with it. */
  account(login: string, roles: readonly (readonly [Role, string])[], limits?: object): Promise<string>
  /** `as`: a token. */
  ask(query: string, question?: Question): Promise<Answer>
  close(): Promise<void>
}

export const startGraphql = async (change: (api: ReadApi) => ReadApi = (api) => api): Promise<GraphqlServer> => {
  const core = await openCore()
  const { dependencies, tail, projector, run } = core
  const { vault } = dependencies
  const sql = core.database.database.interactive
  const { progress } = projector
  const authenticator = createAuthenticator({
    vault,
    sql,
    tail,
    progress,
    clock: systemClock,
    log: silent,
    trustedProxies: [],
  })
  const accessLog = openAccessLog(sql, silent)
  const denials: GraphqlServer['denials'][number][] = []
  const documents = openDocuments(sql, core.blobs, silent)
  const api = change({
    log: silent,
    clock: systemClock,
    sql,
    documents,
    vault,
    tail,
    progress,
    run,
    repositories: new RepositoryDirectory(sql, tail, progress),
    denied: (principal, action, resource) => void denials.push({ principal, action, resource }),
    principalOf: (request) => authenticator.authenticate(request.raw),
    callerOf,
    recordCommand: () => undefined,
  })
  const app = Fastify({ genReqId: () => 'request-1' })
  await app.register(graphql(api))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/graphql`
  const send = sender(core)

  return {
    core,
    api,
    app,
    url,
    send,
    accessLog,
    denials,
    async account(login, roles, limits = {}) {
      await send('CreateAccount', { account: login, kind: 'service' })
      for (const [role, scope] of roles) await send('GrantRole', { role, account: login, scope })
      const { token } = await send('CreateToken', { name: `of ${login}`, account: login, ...limits })
      return token as string
    },
    async ask(query, { as, variables, headers } = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(as === undefined || as === '' ? {} : { authorization: `Bearer ${as}` }),
          ...headers,
        },
        body: JSON.stringify({ query, variables }),
      })
      const answer = (await response.json()) as {
        data?: Data
        errors?: Refused[]
        extensions?: Record<string, unknown>
      }
      return {
        status: response.status,
        headers: response.headers,
        data: answer.data ?? ({} as Data),
        errors: answer.errors ?? [],
        extensions: answer.extensions,
      }
    },
    async close() {
      await app.close()
      await accessLog.stop()
      await documents.stop()
      await core.close()
    },
  }
}

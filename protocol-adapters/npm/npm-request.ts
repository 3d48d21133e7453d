import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Gateway } from '../http/gateway.ts'
import type { OpenedRepository } from '../http/open-repository.ts'
import { isJsonObject, stringMember } from './json-object.ts'
import type { Packuments } from './packuments.ts'
import type { NpmRoute } from './route-path.ts'
import type { Tarballs } from './tarballs.ts'

/** What every npm operation is given. */
export interface NpmExchange {
  readonly gateway: Gateway
  readonly packuments: Packuments
  readonly tarballs: Tarballs
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly principal: Principal | undefined
  /** URL of the registry's root as this client sees it, without a slash at the end. */
  readonly base: string
}

/** An operation inside the repository. */
export interface InRepositoryExchange extends NpmExchange {
  readonly repository: OpenedRepository
}

/** Some routes differ by their kind only, so that one member of the union stands for several kinds. */
type Narrowed<Route, Kind> = Route extends { readonly kind: infer Own }
  ? Kind extends Own
    ? Route & { readonly kind: Kind }
    : never
  : never

type RouteOf<Kind extends NpmRoute['kind']> = Narrowed<NpmRoute, Kind>

export type Operation<Kind extends NpmRoute['kind'], Exchange> = (
  exchange: Exchange,
  route: RouteOf<Kind>,
) => Promise<FastifyReply>

/** The operations of one kind of path, by method; HEAD is GET without a body. */
export interface Operations<Kind extends NpmRoute['kind'], Exchange> {
  readonly GET?: Operation<Kind, Exchange>
  readonly PUT?: Operation<Kind, Exchange>
  readonly POST?: Operation<Kind, Exchange>
  readonly DELETE?: Operation<Kind, Exchange>
}

export type OperationTable<Exchange> = { readonly [Kind in NpmRoute['kind']]?: Operations<Kind, Exchange> }

const MAX_JSON_BYTES = 1_048_576

/** A small JSON body. The body of a npm request is a stream until an operation reads it. */
export const readJson = async ({ raw }: FastifyRequest): Promise<unknown> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_JSON_BYTES) throw new DomainError('too-large', `The body is larger than ${MAX_JSON_BYTES} bytes.`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    throw new DomainError('invalid-input', 'The body is not valid JSON.')
  }
}

/** One text of a small JSON body. */
export const readText = async ({ request }: NpmExchange, key: string): Promise<string> => {
  const body = await readJson(request)
  const value = isJsonObject(body) ? stringMember(body, key) : undefined
  if (value === undefined) throw new DomainError('invalid-input', `The body must be an object with ${key}.`)
  return value
}

export const requirePrincipal = ({ principal }: NpmExchange): Principal => {
  if (principal === undefined) throw new DomainError('unauthenticated', 'Sign in first: npm login.')
  return principal
}

export const sendJson = (reply: FastifyReply, value: unknown): FastifyReply =>
  reply.type('application/json').send(JSON.stringify(value))

/** The login of who asks, for documents that name people. */
export const loginOf = async (exchange: NpmExchange): Promise<string> => {
  const { accountId } = requirePrincipal(exchange)
  return (await exchange.gateway.vault.accounts.byId(accountId))?.login ?? accountId
}

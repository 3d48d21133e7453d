import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../../domain/access/authorise.ts'
import type { Gateway } from '../http/gateway.ts'
import type { OpenedRepository } from '../http/open-repository.ts'
import type { KnownFiles } from './known-files.ts'

/** What every operation of the generic protocol is given. */
export interface GenericExchange {
  readonly gateway: Gateway
  readonly files: KnownFiles
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly principal: Principal | undefined
  readonly repository: OpenedRepository
  readonly query: URLSearchParams
  /** URL of the repository's root as this client sees it, without a slash at the end. */
  readonly base: string
  /** Lets a client that waits with `Expect: 100-continue` send its body. */
  readonly takeBody: () => void
}

/** An operation on a file or a folder. */
export type Operation = (exchange: GenericExchange, path: string) => Promise<FastifyReply>

/** The operations on one kind of place by method; HEAD is GET without a body. */
export type Operations = Readonly<Partial<Record<'GET' | 'PUT' | 'DELETE', Operation>>>

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../commands/command.ts'
import type { RunCommand } from '../commands/run-command.ts'
import type { Action, Principal, Resource } from '../domain/access/authorise.ts'
import type { Clock } from '../platform/clock.ts'
import type { Position } from '../platform/event-store/event-store.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import type { Log } from '../platform/log/log.ts'
import { asOf, type AsOf } from '../projections/as-of.ts'
import type { ReadModelProgress } from '../projections/read-models.ts'
import type { RepositoryRow } from '../projections/repositories/queries.ts'
import { createLoaders, type Loaders, type LoaderSources } from './loaders.ts'

/** What the read API is built on; wired once in main.ts. */
export interface ReadApi extends LoaderSources {
  readonly log: Log
  readonly clock: Clock
  readonly tail: Tail
  readonly progress: ReadModelProgress
  readonly run: RunCommand
  /** Repositories as they are now. */
  readonly repositories: { find(project: string, repository: string): Promise<RepositoryRow | undefined> }
  /** Counts a refusal of an authenticated actor. */
  readonly denied: (principal: Principal, action: Action, resource: Resource) => void
  /**
   * Who sent the request, with the grants of this moment; undefined without credentials.
   * @throws {DomainError} `unauthenticated` | `too-many-attempts` | `unavailable`
   */
  readonly principalOf: (request: FastifyRequest) => Promise<Principal | undefined>
  /** @throws {DomainError} `invalid-input`: the Idempotency-Key cannot be used */
  readonly callerOf: (request: FastifyRequest, principal: Principal | undefined) => Caller
  /** Notes in the access log from where a change came. */
  readonly recordCommand: (request: FastifyRequest, principal: Principal | undefined, command: string) => void
}

/** One operation. */
export interface Context {
  readonly api: ReadApi
  readonly http: FastifyRequest
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal
  /** A subscription renews it, here and below, as it goes on. */
  principal: Principal | undefined
  loaders: Loaders
  /** The read models had not reached the position asked for when the answer was made. */
  stale: boolean
  /** Bounds by the text they were asked with, so that all fields of a query see the same past. */
  readonly bounds: Map<string, Promise<AsOf>>
}

export const createContext = (
  api: ReadApi,
  http: FastifyRequest,
  signal: AbortSignal,
  principal: Principal | undefined,
): Context => ({ api, http, signal, principal, loaders: createLoaders(api), stale: false, bounds: new Map() })

/**
 * The bound that an `asOf` argument names, or `otherwise` without one.
 * @throws {DomainError} `invalid-input` | `future-instant` | `unavailable`
 */
export const boundOf = (
  { api, bounds }: Context,
  text: string | null | undefined,
  otherwise: AsOf,
): Promise<AsOf> | AsOf => {
  if (text === null || text === undefined) return otherwise
  let bound = bounds.get(text)
  if (bound === undefined) {
    bound = asOf(api, text)
    bounds.set(text, bound)
  }
  return bound
}

/** Waits until the read models have reached the position, at most 2 s; after that the answer is marked as stale. */
export const waitFor = async (context: Context, after: Position | null | undefined): Promise<void> => {
  if (after === null || after === undefined) return
  if (!(await context.api.progress.reached(after))) context.stale = true
}

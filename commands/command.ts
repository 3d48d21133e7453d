import type { Static, TSchema } from 'typebox'
import type { Action, Principal, Resource } from '../domain/access/authorise.ts'
import type { BlobStore } from '../platform/blob-store/blob-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { EventStore, Position } from '../platform/event-store/event-store.ts'
import type { Vault } from '../platform/vault/vault.ts'
import type { FoldCache } from './fold-cache.ts'
import type { DeliveryDirectory } from './webhooks/delivery-directory.ts'

/** Who sends a command, and how the request is known. */
export interface Caller {
  /** Undefined: no credentials were sent. */
  readonly principal: Principal | undefined
  /** Id of the request that started the story. */
  readonly correlationId: string
  /** The Idempotency-Key header: a repeat with it returns the first answer; another payload under it is refused. */
  readonly key?: string
  /**
   * What a client sends with every try of one run (npm's `npm-session`): the same input sent again in the same run is
   * recognised by the event store and changes nothing.
   */
  readonly session?: string
  /** The revision that the caller saw; the command is refused when the stream is elsewhere. */
  readonly expectedRevision?: number
  /** The answer shows nothing of the read models, so that whoever reads them next may wait for them instead. */
  readonly early?: boolean
}

/** One execution of a command. */
export interface CommandContext {
  readonly principal: Principal
  readonly commandId: string
  readonly correlationId: string
  readonly expectedRevision: number | undefined
  /** The command may have been carried out before under the same id. */
  readonly repeat: boolean
}

/** What every handler may use. */
export interface CommandDependencies {
  readonly store: EventStore
  readonly blobs: BlobStore
  readonly vault: Vault
  readonly clock: Clock
  readonly folds: FoldCache
  /**
   * Resolves when the command may be answered: the read models have reached the position, or, where `early` and this process can
   * see to it, will have before anybody reads them. At the latest after the bound for it.
   */
  readonly settled: (position: Position, options?: { readonly early: boolean }) => Promise<void>
  /** Counts a refusal of an authenticated actor; recorded as an event per actor, action, resource and minute. */
  readonly denied: (principal: Principal, action: Action, resource: Resource) => void
  /** Undefined where no deliveries of webhooks are known. */
  readonly deliveries?: DeliveryDirectory | undefined
}

/** Everything a command answers with; commands add ids and show-once secrets. */
export interface CommandResult {
  readonly position: Position
  readonly [field: string]: unknown
}

export interface Command<Schema extends TSchema = TSchema, Result extends CommandResult = CommandResult> {
  readonly name: string
  /** One sentence for the API reference. */
  readonly summary: string
  readonly input: Schema
  /** Fields of the answer beside `position`, for the API documents. */
  readonly answers?: readonly string[]
  /** Answers hold a secret that is shown once: it is kept out of the idempotency record. */
  readonly secret?: keyof Result & string
  /** Only protocol adapters send it: it is not offered over REST and GraphQL. */
  readonly internal?: boolean
  /** The permission that is asked. `open`: the resource is public for reading. */
  readonly permission: (
    input: Static<Schema>,
    principal: Principal | undefined,
    dependencies: CommandDependencies,
  ) => Promise<Permission> | Permission
  readonly handle: (
    input: Static<Schema>,
    context: CommandContext,
    dependencies: CommandDependencies,
  ) => Promise<Result>
}

export interface Permission {
  readonly action: Action
  readonly resource: Resource
  readonly open?: boolean
}

/** Declares a command of the catalogue; the handler's input type follows from the schema. */
export const command = <Schema extends TSchema, Result extends CommandResult>(
  definition: Command<Schema, Result>,
): Command<Schema, Result> => definition

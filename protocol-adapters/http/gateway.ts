import type { Sql } from 'postgres'
import type { RunCommand } from '../../commands/run-command.ts'
import type { Action, Principal, Resource } from '../../domain/access/authorise.ts'
import type { AccessLog } from '../../platform/access-log/access-log.ts'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import type { Documents } from '../../platform/blob-store/documents.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tail } from '../../platform/event-store/tail.ts'
import type { Log } from '../../platform/log/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Vault } from '../../platform/vault/vault.ts'
import type { ReadModelProgress } from '../../projections/read-models.ts'
import type { Authenticator } from './authentication/authenticator.ts'
import type { RepositoryDirectory } from './repository-directory.ts'

/** What every protocol adapter is built on; wired once in main.ts. */
export interface Gateway {
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  readonly sql: Sql
  readonly blobs: BlobStore
  readonly documents: Documents
  readonly vault: Vault
  readonly tail: Tail
  readonly progress: ReadModelProgress
  /** Resolves when the read models hold all that this process has acknowledged. */
  readonly caughtUp: () => Promise<void>
  readonly run: RunCommand
  readonly authenticator: Authenticator
  readonly repositories: RepositoryDirectory
  readonly accessLog: AccessLog
  readonly denied: (principal: Principal, action: Action, resource: Resource) => void
  /** Origin that generated URLs begin with; undefined: the request's own validated Host. */
  readonly publicUrl: string | undefined
}

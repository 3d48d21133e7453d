import type { CommandDependencies } from '../../commands/command.ts'
import { FoldCache } from '../../commands/fold-cache.ts'
import type { IdempotencyRecord } from '../../commands/idempotency.ts'
import { commandRunner, type RunCommand } from '../../commands/run-command.ts'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import type { Clock } from '../../platform/clock.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import type { Vault } from '../../platform/vault/vault.ts'

/** The record of keyed commands as the database would keep it; it outlives the processes of a test. */
export const memoryRecord = (): IdempotencyRecord => {
  const known = new Map<string, { readonly payloadHash: string; result?: unknown }>()
  return {
    begin: (commandId, payloadHash) => {
      const before = known.get(commandId)
      if (before === undefined) known.set(commandId, { payloadHash })
      if (before === undefined) return Promise.resolve({ status: 'new' })
      if (before.payloadHash !== payloadHash) return Promise.resolve({ status: 'other-payload' })
      if (!('result' in before)) return Promise.resolve({ status: 'begun' })
      return Promise.resolve({ status: 'answered', result: before.result })
    },
    answer: (commandId, result) => {
      const before = known.get(commandId)
      if (before !== undefined && !('result' in before)) before.result = result
      return Promise.resolve()
    },
  }
}

/** Blobs that are all there. */
const everyBlob = { claim: () => Promise.resolve(4) } as unknown as BlobStore

const noVault = new Proxy({} as Vault, {
  get: () => {
    throw new Error('commands of the registry keep nothing in the vault')
  },
})

export interface MemoryRig {
  readonly folds: FoldCache
  readonly run: RunCommand
}

/** One process that carries out commands of the registry on a store; nothing but `store` and `record` outlives it. */
export const memoryRig = (
  store: EventStore,
  record: IdempotencyRecord,
  clock: Clock,
  denied: CommandDependencies['denied'] = () => undefined,
): MemoryRig => {
  const folds = new FoldCache(store)
  const dependencies: CommandDependencies = {
    store,
    blobs: everyBlob,
    vault: noVault,
    clock,
    folds,
    settled: () => Promise.resolve(),
    denied,
  }
  return { folds, run: commandRunner(dependencies, record, new Uint8Array(32)) }
}

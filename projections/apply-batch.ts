import type { Sql, TransactionSql } from 'postgres'
import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import { moveCheckpoints, type Build } from './builds.ts'
import { wants, type ReadModel } from './read-model.ts'
import { inserting, type Writing } from './write-rows.ts'

/** A read model with the build of it that is being brought forward. */
export interface BuiltModel {
  readonly model: ReadModel
  readonly build: Build
}

/**
 * Applies a batch to models in one transaction: rows and checkpoints move together or not at all.
 * @throws {CheckpointMoved} another process moved one of them first
 */
export const applyBatch = async (
  sql: Sql,
  models: readonly BuiltModel[],
  events: readonly RecordedEvent[],
  to: Position,
): Promise<void> => {
  const sent: Promise<unknown>[] = []
  const done: Writing['done'] = (statement) => {
    statement.catch(() => undefined) // told of below, unless something failed before
    sent.push(statement)
    return Promise.resolve()
  }
  const apply = async (tx: TransactionSql, { model, build }: BuiltModel): Promise<void> => {
    const wanted = events.filter((event) => event.position > build.checkpoint && wants(model, event))
    if (wanted.length > 0) await model.apply(tx, build.table, wanted, { ...inserting(), done })
  }
  await sql.begin(async (tx) => {
    const builds = models.map(({ build }) => build)
    // The checkpoints first: who waits for their rows must not have touched a table that a rebuild, which holds them, drops. The
    // rest right behind them: on a pipelined connection nothing waits for an answer it does not need.
    const applied = await Promise.allSettled([
      moveCheckpoints(tx, builds, to),
      ...models.map((entry) => apply(tx, entry)),
    ])
    // of the failures only the first says why: the rest is that the transaction was aborted
    const failed = applied.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  })
  // the commit went out behind them: it was none if one of them failed
  await Promise.all(sent)
}

import type { Sql } from 'postgres'
import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import { moveCheckpoints, type Build } from './builds.ts'
import { wants, type ReadModel } from './read-model.ts'

/** A read model with the build of it that is being brought forward. */
export interface BuiltModel {
  readonly model: ReadModel
  readonly build: Build
}

/**
 * Applies a batch to models in one transaction: rows and checkpoints move together or not at all.
 * @throws {CheckpointMoved} another process moved one of them first
 */
export const applyBatch = (
  sql: Sql,
  models: readonly BuiltModel[],
  events: readonly RecordedEvent[],
  to: Position,
): Promise<unknown> =>
  sql.begin(async (tx) => {
    await moveCheckpoints(
      tx,
      models.map(({ build }) => build),
      to,
    )
    // side by side, so that on a pipelined connection the round trips of all models overlap
    const applied = await Promise.allSettled(
      models.map(async ({ model, build }) => {
        const wanted = events.filter((event) => event.position > build.checkpoint && wants(model, event))
        if (wanted.length > 0) await model.apply(tx, build.table, wanted)
      }),
    )
    // of the failures only the first says why: the rest is that the transaction was aborted
    const failed = applied.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  })

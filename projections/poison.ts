import type { Sql } from 'postgres'
import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import { applyBatch, type BuiltModel } from './apply-batch.ts'
import { CheckpointMoved } from './builds.ts'

const TRIES = 3

/**
 * Failures of the connection or the server say nothing about the event, nor do locks that were not given in time (class 55:
 * a rebuild holds them while it waits for a slow reader).
 */
const isTransient = (error: unknown): boolean => {
  if (error instanceof CheckpointMoved) return true
  const code = (error as { code?: unknown }).code
  return (
    typeof code === 'string' &&
    (/^(08|40|53|55|57|58|25006|25P03|25P04)/.test(code) || /^(CONNECT|ECONN|EPIPE|ENOENT|ETIMEDOUT)/.test(code))
  )
}

const attempt = async (sql: Sql, entry: BuiltModel, events: readonly RecordedEvent[], to: Position) => {
  for (let tried = 1; ; tried++) {
    try {
      await applyBatch(sql, [entry], events, to)
      return undefined
    } catch (error) {
      if (isTransient(error)) throw error
      if (tried === TRIES) return error as Error
    }
  }
}

/**
 * Tries a batch that failed on one model alone. When it fails three times for its content, goes on event by event up to the
 * one that cannot be applied, and halts the model before it: order matters more than going on.
 * Returns the reason of the halt, or undefined when the model took the batch after all.
 */
export const findPoison = async (
  sql: Sql,
  entry: BuiltModel,
  events: readonly RecordedEvent[],
  to: Position,
): Promise<string | undefined> => {
  if ((await attempt(sql, entry, events, to)) === undefined) return undefined
  let { build } = entry
  for (const event of events) {
    if (event.position <= build.checkpoint) continue
    const failure = await attempt(sql, { model: entry.model, build }, [event], event.position)
    if (failure !== undefined) {
      const reason = `event ${event.type} at ${event.position} (stream ${event.stream}): ${failure.message}`
      await sql`update read_models set error = ${reason} where name = ${build.name} and build = ${build.build}`
      return reason
    }
    build = { ...build, checkpoint: event.position }
  }
  return undefined
}

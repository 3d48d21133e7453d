import type { Sql, TransactionSql } from 'postgres'
import { START, type EventStore, type Position, type RecordedEvent } from '../platform/event-store/event-store.ts'
import { failureOf } from '../platform/database/failures.ts'
import type { BuiltModel } from './apply-batch.ts'
import { moveCheckpoints } from './builds.ts'
import { copying } from './copy-rows.ts'
import { runStatements, wants, type ReadModel } from './read-model.ts'

/** Events read at once: enough to forget the round trips, and few enough to die young in the memory. */
const PAGE = 2000

/**
 * Keys of one model held back because their row changed and may soon change again: each change of a row that is in the table
 * leaves a dead one there, which nothing can remove before the transaction ends.
 */
const HOLD = 10_000

/** Called as a rebuild goes on: events applied so far, and the position reached. */
export type RebuildProgress = (events: number, position: Position) => void

/**
 * The pages of the log up to where its head is now; the next one is fetched while this one is worked on. Not until one is empty:
 * where others append without pause, that may never be.
 */
async function* pagesOf(store: EventStore, after: Position): AsyncGenerator<readonly RecordedEvent[], void, void> {
  const head = await store.head()
  if (after >= head) return
  let next = store.readAll(after, PAGE)
  for (;;) {
    const events = await next
    const last = events.at(-1)
    if (last === undefined) return
    if (last.position >= head) {
      yield events
      return
    }
    next = store.readAll(last.position, PAGE)
    next.catch(() => undefined) // thrown where it is awaited; nobody awaits it when this page fails first
    yield events
  }
}

/** Thrown when a model cannot take events of the log: a newer Waybill wrote them, or there is a defect. */
export class NotApplied extends Error {
  readonly code = 'event-not-applied'

  constructor({ name }: ReadModel, events: readonly RecordedEvent[], cause: unknown) {
    const [first, last] = [events[0]?.position, events.at(-1)?.position]
    super(`the read model ${name} cannot apply an event between ${first} and ${last}: ${(cause as Error).message}`, {
      cause,
    })
    this.name = 'NotApplied'
  }
}

const isAway = (error: unknown): boolean => ['not-done', 'lost'].includes(failureOf(error))

/**
 * Applies all that the log holds beyond `after` to the tables of builds, in the caller's transaction; their checkpoints stay
 * where they are. Returns the head that it found.
 * @throws {NotApplied}
 */
export const applyLog = async (
  tx: TransactionSql,
  store: EventStore,
  builds: readonly BuiltModel[],
  after: Position,
  progress: RebuildProgress = () => undefined,
): Promise<Position> => {
  const models = builds.map(({ model, build: { table } }) => ({ model, table, held: new Map<string, unknown>() }))
  let head = after
  let count = 0
  for await (const events of pagesOf(store, after)) {
    // one after the other: while a COPY goes on, the connection takes nothing else
    for (const { model, table, held } of models) {
      const wanted = model.handles === 'all' ? events : events.filter((event) => wants(model, event))
      if (wanted.length === 0) continue
      await model.apply(tx, table, wanted, copying(held, HOLD)).catch((error: unknown) => {
        throw isAway(error) ? error : new NotApplied(model, wanted, error)
      })
    }
    head = events.at(-1)?.position ?? head
    count += events.length
    progress(count, head)
  }
  for (const { model, table, held } of models) if (held.size > 0) await model.apply(tx, table, [], copying(held, 0))
  return head
}

/**
 * Fills the tables of new builds from the start of the log, which is read once for all, and makes their indexes. In one
 * transaction: Postgres writes no log for a table that is emptied in the transaction that fills it (with wal_level minimal, as the
 * embedded server has it), which halves the work. Returns the builds where they are then.
 */
export const replay = (
  sql: Sql,
  store: EventStore,
  begun: readonly BuiltModel[],
  progress: RebuildProgress,
): Promise<readonly BuiltModel[]> =>
  sql.begin(async (tx) => {
    // Nobody has statistics of these tables, and plans made while they are empty are kept: none may read a whole table.
    await tx`
      select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
             set_config('enable_mergejoin', 'off', true), set_config('maintenance_work_mem', '128MB', true)`
    for (const { build } of begun) await tx.unsafe(`truncate ${build.table}`)
    const head = await applyLog(tx, store, begun, START, progress)
    for (const { model, build } of begun) {
      await runStatements(tx, model.indexes, build.table)
      await tx.unsafe(`analyze ${build.table}`)
    }
    await moveCheckpoints(
      tx,
      begun.map(({ build }) => build),
      head,
    )
    return begun.map(({ model, build }) => ({ model, build: { ...build, checkpoint: head } }))
  })

import type { TransactionSql } from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { START, type RecordedEvent } from '../platform/event-store/event-store.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { appendAlone, rawVersion } from '../test/registry/raw-events.ts'
import { packages } from './packages/projection.ts'
import { runStatements } from './read-model.ts'
import { tags } from './tags/projection.ts'

const NAMES = 2000

let core: TestCore
let log: readonly RecordedEvent[]

beforeAll(async () => {
  core = await openCore([])
  const versions = (version: string, count: number) =>
    Array.from({ length: count }, (_, index) => appendAlone(core.store, rawVersion(`p${index}`, version)))
  await Promise.all(versions('1.0.0', NAMES))
  await Promise.all(versions('2.0.0', 20))
  log = (await core.store.readAll(START, NAMES + 100)).filter(({ type }) => type === 'PackageVersionPublished')
})
afterAll(() => core.close())

/** Rows of the table that this transaction has read, by whatever plan. */
const rowsRead = async (tx: TransactionSql, table: string): Promise<number> => {
  const [row] = await tx<{ read: string }[]>`
    select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read
    from pg_stat_xact_user_tables where relname = ${table}`
  return Number(row?.read)
}

it.each([packages, tags])(
  'reads as many rows of $name for an event of a large table as of an empty one',
  async (model) => {
    const table = `${model.name}_grown`
    await core.database.database.projector.begin(async (tx) => {
      await runStatements(tx, model.table, table)
      // as after a rebuild of an empty log: the planner believes what it is told
      await tx.unsafe(`analyze ${table}`)
      // so often that the server keeps a plan for the statements
      for (const event of log.slice(0, 10)) await model.apply(tx, table, [event])
      await model.apply(tx, table, log.slice(10, NAMES))
      const before = await rowsRead(tx, table)
      const later = log.slice(NAMES)
      for (const event of later) await model.apply(tx, table, [event])
      // the row that ends is found once to be read, once to be ended
      expect((await rowsRead(tx, table)) - before).toBeLessThanOrEqual(3 * later.length)
      expect(later).toHaveLength(20)
    })
  },
)

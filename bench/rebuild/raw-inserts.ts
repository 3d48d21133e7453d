import type { Sql } from '../../platform/database/database.ts'
import { packageVersions } from '../../projections/package-versions/projection.ts'
import { runStatements } from '../../projections/read-model.ts'

/** With 17 columns the most that the 65,535 parameters of one statement allow is 3,855. */
const ROWS_A_STATEMENT = 2000
const TABLE = 'raw_package_versions'

/**
 * The anchor: the rows of the model once more, as the driver's own multi-row inserts into a table of the same shape, its
 * indexes at the end. Reading the rows is not in the time. Resolves with seconds.
 */
export async function rawInserts(sql: Sql): Promise<number> {
  await runStatements(sql, packageVersions.table, TABLE)
  let seconds = 0
  const timed = async (work: () => PromiseLike<unknown>): Promise<void> => {
    const began = performance.now()
    await work()
    seconds += (performance.now() - began) / 1000
  }
  const pages = sql`select * from package_versions order by valid_from`.cursor(ROWS_A_STATEMENT)
  for await (const rows of pages) await timed(() => sql`insert into ${sql(TABLE)} ${sql(rows)}`)
  await timed(() => runStatements(sql, packageVersions.indexes, TABLE))
  await sql`drop table ${sql(TABLE)}`
  return seconds
}

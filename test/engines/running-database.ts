import { join } from 'node:path'
import type { Sql } from '../../platform/database/database.ts'
import { readDatabaseUrl } from '../../platform/database/database-url.ts'
import { postgres } from '../../platform/database/driver.ts'
import { findRunningPostgres } from '../../platform/database/running-postgres.ts'

export interface DataOfWaybill {
  readonly dataFolder: string
  readonly env: Readonly<Record<string, string>>
}

const options = { max: 1, connect_timeout: 2, onnotice: () => undefined }

const answers = async (sql: Sql): Promise<boolean> => {
  try {
    await sql`select 1`
    return true
  } catch {
    return false // the test has ended it
  }
}

const open = async ({ dataFolder, env }: DataOfWaybill): Promise<Sql | undefined> => {
  const url = env.WAYBILL_DATABASE
  if (url !== undefined && url !== '') {
    const location = readDatabaseUrl(url)
    return postgres(location.url, { ...options, ...location.overrides })
  }
  const embedded = await findRunningPostgres(join(dataFolder, 'postgres'))
  return embedded === undefined ? undefined : postgres({ ...embedded, ...options })
}

/** The database of a Waybill where it still runs: on a server of its own, or left by a killed one. Undefined: nothing answers there. */
export const withRunningDatabase = async <T>(
  waybill: DataOfWaybill,
  work: (sql: Sql) => Promise<T>,
): Promise<T | undefined> => {
  const sql = await open(waybill)
  if (sql === undefined) return undefined
  try {
    return (await answers(sql)) ? await work(sql) : undefined
  } finally {
    await sql.end()
  }
}

import type { Sql } from '../database/database.ts'
import { LEASE_MS } from './leases.ts'

/** A lease in somebody's hands: `holder` is new with every taking, so that what comes late from an earlier one does no harm. */
export interface LeaseRow {
  readonly name: string
  readonly holder: string
}

const LASTS = `${LEASE_MS} milliseconds`

/** False: somebody else holds it. Each statement here is one, and only the database's clock counts. */
export const takeLease = async (sql: Sql, { name, holder }: LeaseRow): Promise<boolean> => {
  // `not exists` first: asking in vain, which happens every second, must not write.
  const taken = await sql`
    insert into leases (name, holder, expires_at)
    select ${name}, ${holder}, clock_timestamp() + ${LASTS}::interval
    where not exists (select from leases where name = ${name} and expires_at > clock_timestamp())
    on conflict (name) do update set holder = excluded.holder, expires_at = clock_timestamp() + ${LASTS}::interval
    where leases.expires_at <= clock_timestamp()
    returning name`
  return taken.length > 0
}

/** The holders that hold theirs for another `LEASE_MS`. */
export const renewLeases = async (sql: Sql, rows: readonly LeaseRow[]): Promise<ReadonlySet<string>> => {
  const renewed = await sql<{ holder: string }[]>`
    update leases set expires_at = clock_timestamp() + ${LASTS}::interval
    where name = any(${rows.map(({ name }) => name)}) and holder = any(${rows.map(({ holder }) => holder)})
      and expires_at > clock_timestamp()
    returning holder`
  return new Set(renewed.map(({ holder }) => holder))
}

export const releaseLeases = async (sql: Sql, rows: readonly LeaseRow[]): Promise<void> => {
  await sql`
    delete from leases
    where name = any(${rows.map(({ name }) => name)}) and holder = any(${rows.map(({ holder }) => holder)})`
}

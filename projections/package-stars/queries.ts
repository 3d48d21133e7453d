import type { Sql } from 'postgres'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'

/** The accounts that starred a package, the first ones first; at most `limit`. */
export const starredBy = async (
  sql: Sql,
  repositoryId: string,
  name: string,
  limit: number,
  asOf: AsOf = END,
): Promise<readonly string[]> => {
  const rows = await sql<{ account_id: string }[]>`
    select account_id from package_stars
    where repository_id = ${repositoryId} and package = ${name} and ${validAt(sql, asOf)}
    order by valid_from, account_id limit ${limit}`
  return rows.map((row) => row.account_id)
}

/** The packages of a repository that an account starred and that are there, by name; at most `limit`. */
export const starsOf = async (
  sql: Sql,
  repositoryId: string,
  accountId: string,
  limit: number,
  asOf: AsOf = END,
): Promise<readonly string[]> => {
  const rows = await sql<{ package: string }[]>`
    select t.package from package_stars t join packages p
      on p.repository_id = t.repository_id and p.package = t.package and ${validAt(sql, asOf, 'p.')}
    where t.repository_id = ${repositoryId} and t.account_id = ${accountId} and ${validAt(sql, asOf, 't.')}
    order by t.package limit ${limit}`
  return rows.map((row) => row.package)
}

import type { Sql } from 'postgres'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'

export interface OwnerRow {
  readonly accountId: string
  /** False: it was removed from the owners. */
  readonly owner: boolean
}

/** The accounts that were added to the owners of a package or removed from them, in the order of that. */
export const ownerChanges = (
  sql: Sql,
  repositoryId: string,
  name: string,
  asOf: AsOf = END,
): Promise<readonly OwnerRow[]> =>
  sql<OwnerRow[]>`
    select account_id as "accountId", owner from package_owners
    where repository_id = ${repositoryId} and package = ${name} and ${validAt(sql, asOf)}
    order by valid_from, account_id`

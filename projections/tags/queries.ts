import type { Sql } from 'postgres'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'

export interface TagRow {
  readonly tag: string
  readonly version: string
  readonly setAt: string
}

/** The tags of a package by name; those whose version was deleted are left out. */
export const tagsOf = (sql: Sql, repositoryId: string, name: string, asOf: AsOf = END): Promise<readonly TagRow[]> =>
  sql<TagRow[]>`
    select t.tag, t.version, t.set_at as "setAt"
    from tags t join package_versions v
      on v.repository_id = t.repository_id and v.package = t.package and v.version = t.version and ${validAt(sql, asOf, 'v.')}
    where t.repository_id = ${repositoryId} and t.package = ${name} and ${validAt(sql, asOf, 't.')}
    order by t.tag`

/** The same for many packages of a repository, by package. */
export const tagsOfMany = async (
  sql: Sql,
  repositoryId: string,
  names: readonly string[],
  asOf: AsOf = END,
): Promise<ReadonlyMap<string, readonly TagRow[]>> => {
  const rows = await sql<(TagRow & { readonly package: string })[]>`
    select t.package, t.tag, t.version, t.set_at as "setAt"
    from tags t join package_versions v
      on v.repository_id = t.repository_id and v.package = t.package and v.version = t.version and ${validAt(sql, asOf, 'v.')}
    where t.repository_id = ${repositoryId} and t.package = any(${names as string[]}) and ${validAt(sql, asOf, 't.')}
    order by t.package, t.tag`
  return Map.groupBy(rows, (row) => row.package)
}

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

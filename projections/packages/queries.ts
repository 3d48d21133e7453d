import type { Sql } from 'postgres'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'
import { matchesAll, type NamePatterns } from '../within-reach.ts'

export interface PackageRow {
  readonly repositoryId: string
  readonly project: string
  readonly repository: string
  readonly format: string
  readonly package: string
  readonly versions: number
  readonly description: string | null
  readonly keywords: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

const columns = (sql: Sql) => sql`
  repository_id as "repositoryId", project, repository, format, package, versions, description, keywords,
  created_at as "createdAt", updated_at as "updatedAt"`

export const findPackage = async (
  sql: Sql,
  repositoryId: string,
  name: string,
  asOf: AsOf = END,
): Promise<PackageRow | undefined> => {
  const [row] = await sql<PackageRow[]>`
    select ${columns(sql)} from packages
    where repository_id = ${repositoryId} and package = ${name} and ${validAt(sql, asOf)}`
  return row
}

/** `%` and `_` of what was typed stand for themselves. */
const containing = (word: string): string => `%${word.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`

/** The condition on packages that hold every word in their name, description or keywords. */
const holdsAll = (sql: Sql, words: readonly string[]) => sql`
  lower(package || ' ' || coalesce(description, '') || ' ' || coalesce(keywords, '')) like all (${words.map(containing)})`

/** Packages of a repository by name after the cursor (exclusive). */
export const listPackages = (
  sql: Sql,
  {
    repositoryId,
    words = [],
    names = [],
    after,
    limit,
    asOf = END,
  }: {
    readonly repositoryId: string
    /** Those that hold each of them in their name, description or keywords. */
    readonly words?: readonly string[]
    /** Those whose name matches. */
    readonly names?: NamePatterns
    readonly after?: string | undefined
    readonly limit: number
    readonly asOf?: AsOf
  },
): Promise<PackageRow[]> =>
  sql<PackageRow[]>`
    select ${columns(sql)} from packages
    where repository_id = ${repositoryId} and ${validAt(sql, asOf)} and ${matchesAll(sql, 'package', names)}
      ${words.length === 0 ? sql`` : sql`and ${holdsAll(sql, words)}`}
      ${after === undefined ? sql`` : sql`and package > ${after}`}
    order by package limit ${limit}`

/** Packages that hold every word in their name, description or keywords; exact names and names that begin so come first. */
export const searchPackages = (
  sql: Sql,
  {
    repositoryId,
    words,
    offset,
    limit,
    asOf = END,
  }: {
    readonly repositoryId: string
    readonly words: readonly string[]
    readonly offset: number
    readonly limit: number
    readonly asOf?: AsOf
  },
): Promise<(PackageRow & { readonly total: string })[]> => {
  const whole = words.join(' ').toLowerCase()
  return sql<(PackageRow & { total: string })[]>`
    select ${columns(sql)}, count(*) over () as total from packages
    where repository_id = ${repositoryId} and ${validAt(sql, asOf)}
      and ${holdsAll(sql, words)}
    order by package = ${whole} desc, starts_with(package, ${whole}) desc, package
    limit ${limit} offset ${offset}`
}

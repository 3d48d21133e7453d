import type { Sql } from 'postgres'

/** Where a list of scopes leads, as far as SQL can tell; who reads the rows still judges each of them. */
export interface Reach {
  readonly everything: boolean
  /** Names of projects that are reached as a whole. */
  readonly projects: readonly string[]
  /** `project/repository`, reached as a whole or in part. */
  readonly repositories: readonly string[]
}

/** The condition on rows with `project` and `repository` (by their alias, with a dot) that every list reaches. */
export const withinReach = (sql: Sql, reaches: readonly Reach[], alias: 'p.' | 'f.') =>
  reaches
    .filter(({ everything }) => !everything)
    .reduce(
      (condition, { projects, repositories }) => sql`${condition} and (
        ${sql.unsafe(alias)}project = any(${projects as string[]})
        or ${sql.unsafe(alias)}project || '/' || ${sql.unsafe(alias)}repository = any(${repositories as string[]}))`,
      sql`true`,
    )

/** Lists of patterns as scopes have them (`*` stands for any run of characters); a name must match one of each list. */
export type NamePatterns = readonly (readonly string[])[]

/** The same in the words of LIKE, where `%` and `_` of the pattern stand for themselves. */
export const likePattern = (pattern: string): string => pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')

/** The condition on a column that every list of patterns matches. */
export const matchesAll = (sql: Sql, column: 'package' | 'path' | 'type', patterns: NamePatterns) =>
  patterns.reduce(
    (condition, list) => sql`${condition} and ${sql(column)} like any(${list.map(likePattern)})`,
    sql`true`,
  )

import type { Sql } from 'postgres'
import type { Format } from '../../domain/names.ts'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'
import { withinReach, type Reach } from '../within-reach.ts'

export interface RepositoryRow {
  readonly project: string
  readonly repository: string
  readonly repositoryId: string
  readonly format: Format
  readonly kind: string
  readonly public: boolean
  readonly overwrite: boolean
  readonly description: string | null
  readonly createdAt: string
}

const columns = (sql: Sql) => sql`
  project, repository, repository_id as "repositoryId", format, kind, public, overwrite, description,
  created_at as "createdAt"`

export const findRepository = async (
  sql: Sql,
  project: string,
  repository: string,
  asOf: AsOf = END,
): Promise<RepositoryRow | undefined> => {
  const [row] = await sql<RepositoryRow[]>`
    select ${columns(sql)} from repositories
    where project = ${project} and repository = ${repository} and ${validAt(sql, asOf)}`
  return row
}

/** Repositories by name after the cursor (exclusive), of one project or of all. */
export const listRepositories = (
  sql: Sql,
  {
    project,
    after,
    limit,
    asOf = END,
  }: {
    readonly project?: string
    readonly after?: readonly [project: string, repository: string]
    readonly limit: number
    readonly asOf?: AsOf
  },
): Promise<RepositoryRow[]> =>
  sql<RepositoryRow[]>`
    select ${columns(sql)} from repositories
    where ${validAt(sql, asOf)}
      ${project === undefined ? sql`` : sql`and project = ${project}`}
      ${after === undefined ? sql`` : sql`and (project, repository) > (${after[0]}, ${after[1]})`}
    order by project, repository limit ${limit}`

/** A repository beside the one that has its name today, which decides who may see it. */
export interface RepositoryBesideToday extends RepositoryRow {
  /** Undefined (null): there is none today. */
  readonly todayId: string | null
  readonly openToday: boolean
}

/** Repositories by name after the cursor (exclusive): those that are reached, and those whose name is public today. */
export const listRepositoriesBesideToday = (
  sql: Sql,
  {
    project,
    after,
    limit,
    reaches,
    asOf = END,
  }: {
    readonly project?: string | undefined
    readonly after?: readonly [project: string, repository: string] | undefined
    readonly limit: number
    readonly reaches: readonly Reach[]
    readonly asOf?: AsOf
  },
): Promise<readonly RepositoryBesideToday[]> =>
  sql<RepositoryBesideToday[]>`
    select p.project, p.repository, p.repository_id as "repositoryId", p.format, p.kind, p.public, p.overwrite,
      p.description, p.created_at as "createdAt", t.repository_id as "todayId", coalesce(t.public, false) as "openToday"
    from repositories p left join repositories t
      on t.project = p.project and t.repository = p.repository and ${validAt(sql, END, 't.')}
    where ${validAt(sql, asOf, 'p.')} and (${withinReach(sql, reaches, 'p.')} or t.public)
      ${project === undefined ? sql`` : sql`and p.project = ${project}`}
      ${after === undefined ? sql`` : sql`and (p.project, p.repository) > (${after[0]}, ${after[1]})`}
    order by p.project, p.repository limit ${limit}`

import type { Sql } from 'postgres'
import type { Format } from '../../domain/names.ts'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'

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

import type { Sql } from 'postgres'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'
import type { Reach } from '../within-reach.ts'

export interface ProjectRow {
  readonly project: string
  readonly description: string | null
  /** RFC 3339. */
  readonly createdAt: string
  /** It has a public repository today. */
  readonly open: boolean
}

/** Public today: with repositories and settings of the past nobody is let in. */
const open = (sql: Sql) => sql`exists (
  select 1 from repositories t where t.project = p.project and t.public and ${validAt(sql, END, 't.')})`

const columns = (sql: Sql) => sql`p.project, p.description, p.created_at as "createdAt", ${open(sql)} as open`

export const findProject = async (sql: Sql, project: string, asOf: AsOf = END): Promise<ProjectRow | undefined> => {
  const [row] = await sql<ProjectRow[]>`
    select ${columns(sql)} from projects p where p.project = ${project} and ${validAt(sql, asOf, 'p.')}`
  return row
}

/** A project is reached through any repository in it. */
const reached = (sql: Sql, reaches: readonly Reach[]) =>
  reaches
    .filter(({ everything }) => !everything)
    .reduce(
      (condition, { projects, repositories }) => {
        const names = [...projects, ...repositories.map((path) => path.slice(0, path.indexOf('/')))]
        return sql`${condition} and p.project = any(${names})`
      },
      sql`true`,
    )

/** Projects by name after the cursor (exclusive), those that are reached or have a public repository today. */
export const listProjects = (
  sql: Sql,
  {
    after,
    limit,
    reaches,
    asOf = END,
  }: {
    readonly after?: string | undefined
    readonly limit: number
    readonly reaches: readonly Reach[]
    readonly asOf?: AsOf
  },
): Promise<readonly ProjectRow[]> =>
  sql<ProjectRow[]>`
    select ${columns(sql)} from projects p
    where ${validAt(sql, asOf, 'p.')} and (${reached(sql, reaches)} or ${open(sql)})
      ${after === undefined ? sql`` : sql`and p.project > ${after}`}
    order by p.project limit ${limit}`

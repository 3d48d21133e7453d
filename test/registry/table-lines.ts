import type { Sql } from 'postgres'
import { READ_MODELS } from '../../projections/models.ts'
import { numberOf } from './play.ts'

interface Line {
  readonly line: string
  readonly sha256: string | null
  readonly more: string
}

/** What the tables show of a project at a position, in the lines of `RegistryModel.rows`. */
export const linesAt = async (sql: Sql, project: string, at: string): Promise<readonly string[]> => {
  const valid = sql`valid_from <= ${at} and (valid_to is null or valid_to > ${at})`
  const lines = await sql<Line[]>`
    select 'repository ' || repository || ' ' || repository_id || ' ' || overwrite as line, null as sha256, '' as more
      from repositories where project = ${project} and ${valid}
    union all
    select concat_ws(' ', 'version', repository_id, package, version), manifest,
      ' ' || coalesce(deprecated, '-') || ' ' || coalesce(yanked, '-')
      from package_versions where project = ${project} and ${valid}
    union all
    select concat_ws(' ', 'package', repository_id, package, versions::text), null, ''
      from packages where project = ${project} and ${valid}
    union all
    select concat_ws(' ', 'tag', repository_id, package, tag, version), null, ''
      from tags where repository_id in (select repository_id from repositories where project = ${project}) and ${valid}
    union all
    select concat_ws(' ', 'file', repository_id, path), sha256, ' ' || coalesce(properties::json ->> 'os', '-')
      from files where project = ${project} and ${valid}`
  return lines.map(({ line, sha256, more }) => (sha256 === null ? line : `${line} ${numberOf(sha256)}${more}`)).sort()
}

/** Every row of a table in one text, ordered, so that two of them can be compared. */
export const rowsOf = async (sql: Sql, table: string): Promise<string> => {
  const rows = await sql.unsafe<{ row: string }[]>(`select t::text as row from ${table} t order by t::text`)
  return rows.map(({ row }) => row).join('\n')
}

/** Every row of every read model, by its name. */
export const everyRow = async (sql: Sql): Promise<Readonly<Record<string, string>>> => {
  const tables: Record<string, string> = {}
  for (const { name } of READ_MODELS) tables[name] = await rowsOf(sql, name)
  return tables
}

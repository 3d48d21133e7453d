import type { Sql } from 'postgres'
import { END } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'
import { matchesAll, type NamePatterns } from '../within-reach.ts'

export interface FileRow {
  readonly repositoryId: string
  readonly project: string
  readonly repository: string
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
  readonly sha512: string
  readonly contentType: string
  readonly properties: Readonly<Record<string, string>>
  /** RFC 3339. */
  readonly storedAt: string
  /** Account id. */
  readonly storedBy: string
}

type Stored = Omit<FileRow, 'size' | 'properties'> & { readonly size: string; readonly properties: string }

const columns = (sql: Sql) => sql`
  repository_id as "repositoryId", project, repository, path, size, md5, sha1, sha256, sha512,
  content_type as "contentType", properties, stored_at as "storedAt", stored_by as "storedBy"`

const parse = ({ size, properties, ...row }: Stored): FileRow => ({
  ...row,
  size: Number(size),
  properties: JSON.parse(properties) as FileRow['properties'],
})

export const findFile = async (
  sql: Sql,
  repositoryId: string,
  path: string,
  asOf: AsOf = END,
): Promise<FileRow | undefined> => {
  const [row] = await sql<Stored[]>`
    select ${columns(sql)} from files
    where repository_id = ${repositoryId} and path = ${path} and ${validAt(sql, asOf)}`
  return row === undefined ? undefined : parse(row)
}

/** The last code point: beyond every path that begins with the prefix. It bounds the range that the index is read in. */
const LAST = '\u{10ffff}'

/** Files of a repository by path after the cursor (exclusive). */
export const listFiles = async (
  sql: Sql,
  {
    repositoryId,
    prefix = '',
    names = [],
    after,
    limit,
    asOf = END,
  }: {
    readonly repositoryId: string
    /** Those whose path begins with it. */
    readonly prefix?: string
    /** Those whose path matches. */
    readonly names?: NamePatterns
    readonly after?: string | undefined
    readonly limit: number
    readonly asOf?: AsOf
  },
): Promise<FileRow[]> => {
  const rows = await sql<Stored[]>`
    select ${columns(sql)} from files
    where repository_id = ${repositoryId} and ${validAt(sql, asOf)} and ${matchesAll(sql, 'path', names)}
      ${prefix === '' ? sql`` : sql`and starts_with(path, ${prefix}) and path between ${prefix} and ${prefix + LAST}`}
      ${after === undefined ? sql`` : sql`and path > ${after}`}
    order by path limit ${limit}`
  return rows.map(parse)
}

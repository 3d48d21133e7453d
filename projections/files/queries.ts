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

/**
 * Behind a prefix it is beyond every path that begins with it: the last code point, more often than it fits into a path. It bounds
 * the range that the index is read in.
 */
const LAST = '\u{10ffff}'.repeat(257)

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

/** The first text behind everything that begins with `a/b/` in byte order: `a/b0`. */
const beyondFolder = (folder: string): string => `${folder.slice(0, -1)}0`

/** The condition on paths inside a folder, which ends with `/`, or `''` for all; read from the index as one range. */
const inside = (sql: Sql, folder: string) =>
  folder === '' ? sql`` : sql`and path > ${folder} and path < ${beyondFolder(folder)}`

/** Whether there are files below the path, whoever may read them. */
export const hasFilesBelow = async (
  sql: Sql,
  repositoryId: string,
  path: string,
  asOf: AsOf = END,
): Promise<boolean> => {
  const rows = await sql`
    select 1 from files where repository_id = ${repositoryId} and ${validAt(sql, asOf)} ${inside(sql, `${path}/`)} limit 1`
  return rows.length > 0
}

/** The first of the paths under which a file is stored. */
export const firstFileOf = async (
  sql: Sql,
  repositoryId: string,
  paths: readonly string[],
): Promise<string | undefined> => {
  const [row] = await sql<{ path: string }[]>`
    select path from files
    where repository_id = ${repositoryId} and path = any(${paths as string[]}) and ${validAt(sql, END)}
    order by path limit 1`
  return row?.path
}

/** What stands directly in a folder: a file, or a folder by the first path in it that the names let see. */
export type FolderEntry =
  | { readonly kind: 'file'; readonly name: string; readonly file: FileRow }
  | { readonly kind: 'folder'; readonly name: string; readonly witness: string }

export interface FolderQuery {
  readonly repositoryId: string
  /** `''`, or a path that ends with `/`. */
  readonly folder: string
  /** Those whose path matches; folders that hold one that does. */
  readonly names?: NamePatterns
  /** Name of the entry before, with `/` at the end when it is a folder. */
  readonly after?: string | undefined
  readonly limit: number
  readonly asOf?: AsOf
}

/** The least path that can be the next entry after one. */
const startAfter = (folder: string, after: string | undefined): string => {
  if (after === undefined) return folder
  return after.endsWith('/') ? beyondFolder(folder + after) : `${folder}${after}\u0001`
}

/** The part of a pattern before its first star: all that match lie behind it, side by side. */
const fixedPart = (pattern: string): string => pattern.split('*', 1)[0] ?? ''

/**
 * The entries of a folder in the byte order of their names, a folder's name with its `/`. Each entry costs one look into the index
 * however many files lie below it: from a path in `a/b/` the next look starts behind everything in `a/b/`. With names that begin
 * with text and end with `*` that stays so; others cost a walk over the paths that do not match.
 */
export const listFolder = async (sql: Sql, query: FolderQuery): Promise<FolderEntry[]> => {
  const { repositoryId, folder, names = [], after, limit, asOf = END } = query
  const lows = names[0]?.map(fixedPart) ?? ['']
  const end = folder === '' ? LAST : beyondFolder(folder)
  const next = (start: ReturnType<typeof columns>) => sql`
    select min(first.path) as path from unnest(${lows}::text[]) as range(low)
    cross join lateral (
      select path from files
      where repository_id = ${repositoryId} and ${validAt(sql, asOf)} and ${matchesAll(sql, 'path', names)}
        and path >= greatest(${start}, range.low collate "C") and path < ${end} and path < range.low || ${LAST}
      order by path limit 1
    ) first`
  const rest = sql`substr(entry.witness, length(${folder}::text) + 1)`
  const rows = await sql<({ readonly witness: string } & { [K in keyof Stored]: Stored[K] | null })[]>`
    with recursive entry(witness, number) as (
      select path, 1 from (${next(sql`${startAfter(folder, after)}::text`)}) first where path is not null
      union all
      select following.path, entry.number + 1
      from entry cross join lateral (${next(sql`
        case strpos(${rest}, '/') when 0 then entry.witness || chr(1)
        else ${folder}::text || split_part(${rest}, '/', 1) || '0' end`)}) following
      where following.path is not null and entry.number < ${limit}
    )
    select entry.witness, ${columns(sql)}
    from entry left join lateral (
      select * from files
      where repository_id = ${repositoryId} and path = entry.witness and ${validAt(sql, asOf)}
        and strpos(${rest}, '/') = 0
    ) file on true
    order by entry.number`
  return rows.map(({ witness, ...row }) => {
    const [name = '', ...below] = witness.slice(folder.length).split('/')
    return below.length > 0 ? { kind: 'folder', name, witness } : { kind: 'file', name, file: parse(row as Stored) }
  })
}

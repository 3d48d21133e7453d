import type { Static } from 'typebox'
import type { Sql } from 'postgres'
import type { About, ArtifactFile } from '../../domain/registry/package-version/events.ts'
import { END, START, type Position } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../as-of.ts'
import { validAt } from '../valid-at.ts'

export interface PackageVersionRow {
  readonly repositoryId: string
  readonly project: string
  readonly repository: string
  readonly format: string
  readonly package: string
  readonly version: string
  readonly files: readonly Static<typeof ArtifactFile>[]
  readonly size: number
  /** sha256 of the stored metadata document. */
  readonly manifest: string
  readonly readme: string | null
  readonly about: Static<typeof About> | null
  readonly deprecated: string | null
  readonly yanked: string | null
  readonly publishedAt: string
  /** Account id. */
  readonly publishedBy: string
}

type Stored = Omit<PackageVersionRow, 'files' | 'about' | 'size'> & {
  readonly files: string
  readonly about: string | null
  readonly size: string
}

const columns = (sql: Sql) => sql`
  repository_id as "repositoryId", project, repository, format, package, version, files, size, manifest, readme, about,
  deprecated, yanked, published_at as "publishedAt", published_by as "publishedBy"`

const parse = ({ files, about, size, ...row }: Stored): PackageVersionRow => ({
  ...row,
  files: JSON.parse(files) as PackageVersionRow['files'],
  about: about === null ? null : (JSON.parse(about) as PackageVersionRow['about']),
  size: Number(size),
})

/** What a document of all versions needs of each, in the order of publishing. */
export interface VersionLine {
  readonly version: string
  readonly manifest: string
  readonly readme: string | null
  readonly deprecated: string | null
  readonly publishedAt: string
  readonly publishedBy: string
}

export const versionLines = (
  sql: Sql,
  repositoryId: string,
  name: string,
  asOf: AsOf = END,
): Promise<readonly VersionLine[]> =>
  sql<VersionLine[]>`
    select version, manifest, readme, deprecated, published_at as "publishedAt", published_by as "publishedBy"
    from package_versions
    where repository_id = ${repositoryId} and package = ${name} and ${validAt(sql, asOf)}
    order by published_at, version`

export const findVersion = async (
  sql: Sql,
  repositoryId: string,
  name: string,
  version: string,
  asOf: AsOf = END,
): Promise<PackageVersionRow | undefined> => {
  const [row] = await sql<Stored[]>`
    select ${columns(sql)} from package_versions
    where repository_id = ${repositoryId} and package = ${name} and version = ${version} and ${validAt(sql, asOf)}`
  return row === undefined ? undefined : parse(row)
}

/** The position of the last change to a package, its versions, tags or owners; `START` when there was none. */
export const lastChange = async (sql: Sql, repositoryId: string, name: string, asOf: AsOf = END): Promise<Position> => {
  const [row] = await sql<{ position: string }[]>`
    select coalesce(max(p), ${START}) as position from (
      select valid_from as p from package_versions where repository_id = ${repositoryId} and package = ${name}
      union all select valid_to from package_versions where repository_id = ${repositoryId} and package = ${name}
      union all select valid_from from tags where repository_id = ${repositoryId} and package = ${name}
      union all select valid_to from tags where repository_id = ${repositoryId} and package = ${name}
      union all select valid_from from package_owners where repository_id = ${repositoryId} and package = ${name}
    ) changes where p <= ${asOf}`
  return row?.position ?? START
}

/** Versions after the cursor (exclusive) in the order of publishing, or with `newestFirst` against it. */
export const listVersions = async (
  sql: Sql,
  {
    repositoryId,
    package: name,
    after,
    newestFirst = false,
    limit,
    asOf = END,
  }: {
    readonly repositoryId: string
    readonly package: string
    readonly after?: readonly [publishedAt: string, version: string] | undefined
    readonly newestFirst?: boolean
    readonly limit: number
    readonly asOf?: AsOf
  },
): Promise<PackageVersionRow[]> => {
  const beyond = newestFirst ? sql`<` : sql`>`
  const direction = newestFirst ? sql`desc` : sql`asc`
  const rows = await sql<Stored[]>`
    select ${columns(sql)} from package_versions
    where repository_id = ${repositoryId} and package = ${name} and ${validAt(sql, asOf)}
      ${after === undefined ? sql`` : sql`and (published_at, version) ${beyond} (${after[0]}, ${after[1]})`}
    order by published_at ${direction}, version ${direction} limit ${limit}`
  return rows.map(parse)
}

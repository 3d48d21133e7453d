import type { Sql } from 'postgres'

/** A version of a package, a package (all versions), or a file by its path. */
export interface Downloaded {
  readonly repositoryId: string
  readonly name: string
  /** Undefined: all versions together. */
  readonly version: string | undefined
}

export const downloadKey = ({ repositoryId, name, version }: Downloaded): string =>
  JSON.stringify([repositoryId, name, version ?? null])

/**
 * How often each was downloaded up to now, by `downloadKey`; what never was is missing. The counters are telemetry: they are
 * written a second or so late, and have no past.
 */
export const downloadsOf = async (sql: Sql, things: readonly Downloaded[]): Promise<ReadonlyMap<string, number>> => {
  const rows = await sql<{ repositoryId: string; name: string; version: string | null; count: string }[]>`
    select asked.repository_id as "repositoryId", asked.name, asked.version, sum(d.count) as count
    from unnest(
      ${things.map(({ repositoryId }) => repositoryId)}::text[],
      ${things.map(({ name }) => name)}::text[],
      ${things.map(({ version }) => version ?? null)}::text[]
    ) as asked(repository_id, name, version)
    join download_counts d on d.repository_id = asked.repository_id and d.name = asked.name
      and (asked.version is null or d.version = asked.version)
    group by asked.repository_id, asked.name, asked.version`
  return new Map(rows.map((row) => [downloadKey({ ...row, version: row.version ?? undefined }), Number(row.count)]))
}

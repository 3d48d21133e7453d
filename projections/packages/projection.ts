import type { PackageVersionEvent } from '../../domain/registry/package-version/events.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly repository_id: string
  readonly package: string
  readonly project: string
  readonly repository: string
  readonly format: string
  /** How many versions can be resolved; at 0 the package is gone, though its history stays. */
  readonly versions: number
  readonly description: string | null
  readonly keywords: string | null
  readonly created_at: string
  readonly updated_at: string
}

/** A package comes with its first version and goes with its last one. */
export const packages = historyModel<Row>({
  name: 'packages',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['PackageVersionPublished', 'PackageVersionDeleted'],
  columns: {
    repository_id: 'text',
    package: 'text',
    project: 'text',
    repository: 'text',
    format: 'text',
    versions: 'integer',
    description: 'text',
    keywords: 'text',
    created_at: 'text',
    updated_at: 'text',
  },
  keyLength: 2,
  changes: (upcasted, _, { at }) => {
    const event = upcasted as PackageVersionEvent
    const { repositoryId, project, repository, format, package: name } = event.data
    const key = [repositoryId, name]
    if (event.type !== 'PackageVersionPublished')
      return [
        {
          key,
          next: (row) =>
            row === undefined || row.versions <= 1 ? undefined : { ...row, versions: row.versions - 1, updated_at: at },
        },
      ]
    const { about, replaces } = event.data
    return [
      {
        key,
        next: (row) => ({
          repository_id: repositoryId,
          package: name,
          project,
          repository,
          format,
          versions: (row?.versions ?? 0) + (replaces === true ? 0 : 1),
          description: about?.description ?? row?.description ?? null,
          keywords: about?.keywords === undefined ? (row?.keywords ?? null) : about.keywords.join(' '),
          created_at: row?.created_at ?? at,
          updated_at: at,
        }),
      },
    ]
  },
})

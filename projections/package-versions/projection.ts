import { assertNever } from '../../domain/decider.ts'
import type { EventOf } from '../../domain/event-type.ts'
import type { PackageVersionEvent, PackageVersionPublished } from '../../domain/registry/package-version/events.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly repository_id: string
  readonly package: string
  readonly version: string
  readonly project: string
  readonly repository: string
  readonly format: string
  readonly files: string
  readonly size: number
  readonly manifest: string
  readonly readme: string | null
  readonly about: string | null
  readonly deprecated: string | null
  readonly yanked: string | null
  readonly published_at: string
  readonly published_by: string
}

const published = (data: EventOf<typeof PackageVersionPublished>['data'], at: string, by: string): Row => ({
  repository_id: data.repositoryId,
  package: data.package,
  version: data.version,
  project: data.project,
  repository: data.repository,
  format: data.format,
  files: JSON.stringify(data.files),
  size: data.files.reduce((sum, { size }) => sum + size, 0),
  manifest: data.manifest,
  readme: data.readme ?? null,
  about: data.about === undefined ? null : JSON.stringify(data.about),
  deprecated: data.deprecated ?? null,
  yanked: null,
  published_at: at,
  published_by: by,
})

export const packageVersions = historyModel<Row>({
  name: 'package_versions',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: [
    'PackageVersionPublished',
    'PackageVersionDeprecated',
    'PackageVersionUndeprecated',
    'PackageVersionYanked',
    'PackageVersionUnyanked',
    'PackageVersionDeleted',
  ],
  columns: {
    repository_id: 'text',
    package: 'text',
    version: 'text',
    project: 'text',
    repository: 'text',
    format: 'text',
    files: 'text',
    size: 'bigint',
    manifest: 'text',
    readme: 'text',
    about: 'text',
    deprecated: 'text',
    yanked: 'text',
    published_at: 'text',
    published_by: 'text',
  },
  keyLength: 3,
  changes: (upcasted, { revision }, { at, actor }) => {
    const event = upcasted as PackageVersionEvent
    const key = [event.data.repositoryId, event.data.package, event.data.version]
    const set = (fields: Partial<Row>) => [
      { key, next: (row: Row | undefined) => (row === undefined ? undefined : { ...row, ...fields }) },
    ]
    switch (event.type) {
      case 'PackageVersionPublished': {
        const row = published(event.data, at, actor.id)
        return [{ key, fresh: revision === 0, next: () => row }]
      }
      case 'PackageVersionDeprecated':
        return set({ deprecated: event.data.message })
      case 'PackageVersionUndeprecated':
        return set({ deprecated: null })
      case 'PackageVersionYanked':
        return set({ yanked: event.data.reason })
      case 'PackageVersionUnyanked':
        return set({ yanked: null })
      case 'PackageVersionDeleted':
        return [{ key, next: () => undefined }]
      default:
        return assertNever(event)
    }
  },
})

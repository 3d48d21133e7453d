import { assertNever } from '../../domain/decider.ts'
import type { EventOf } from '../../domain/event-type.ts'
import type { PackageVersionPublished } from '../../domain/registry/package-version/events.ts'
import type { TagEvent } from '../../domain/registry/tag/tag.ts'
import { historyModel, type Change } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly repository_id: string
  readonly package: string
  readonly tag: string
  readonly version: string
  readonly set_at: string
}

/**
 * Where tags point: by publishing and by tagging, in log order. A tag whose version was deleted keeps its row, and queries
 * leave it out, so that no event has to name all tags of a version.
 */
export const tags = historyModel<Row>({
  name: 'tags',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['PackageVersionPublished', 'TagSet', 'TagRemoved'],
  columns: { repository_id: 'text', package: 'text', tag: 'text', version: 'text', set_at: 'text' },
  keyLength: 3,
  changes: (upcasted, _, { at }) => {
    const event = upcasted as EventOf<typeof PackageVersionPublished> | TagEvent
    const { repositoryId, package: name } = event.data
    const point = (tag: string, version: string): Change<Row> => ({
      key: [repositoryId, name, tag],
      next: () => ({ repository_id: repositoryId, package: name, tag, version, set_at: at }),
    })
    switch (event.type) {
      case 'PackageVersionPublished': {
        const { tags, version } = event.data
        return tags.map((tag) => point(tag, version))
      }
      case 'TagSet':
        return [point(event.data.tag, event.data.version)]
      case 'TagRemoved':
        return [{ key: [repositoryId, name, event.data.tag], next: () => undefined }]
      default:
        return assertNever(event)
    }
  },
})

import { assertNever } from '../../domain/decider.ts'
import type { FileEvent } from '../../domain/registry/file/events.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly repository_id: string
  readonly path: string
  readonly project: string
  readonly repository: string
  readonly size: number
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
  readonly sha512: string
  readonly content_type: string
  readonly properties: string
  readonly stored_at: string
  readonly stored_by: string
}

export const files = historyModel<Row>({
  name: 'files',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['FileStored', 'FilePropertiesSet', 'FileDeleted'],
  columns: {
    repository_id: 'text',
    path: 'text',
    project: 'text',
    repository: 'text',
    size: 'bigint',
    md5: 'text',
    sha1: 'text',
    sha256: 'text',
    sha512: 'text',
    content_type: 'text',
    properties: 'text',
    stored_at: 'text',
    stored_by: 'text',
  },
  keyLength: 2,
  changes: (upcasted, { revision }, { at, actor }) => {
    const event = upcasted as FileEvent
    const key = [event.data.repositoryId, event.data.path]
    switch (event.type) {
      case 'FileStored': {
        const { repositoryId, path, project, repository, size, md5, sha1, sha256, sha512 } = event.data
        const row: Row = {
          repository_id: repositoryId,
          path,
          project,
          repository,
          size,
          md5,
          sha1,
          sha256,
          sha512,
          content_type: event.data.contentType,
          properties: JSON.stringify(event.data.properties),
          stored_at: at,
          stored_by: actor.id,
        }
        return [{ key, fresh: revision === 0, next: () => row }]
      }
      case 'FilePropertiesSet': {
        const properties = JSON.stringify(event.data.properties)
        return [{ key, next: (row) => (row === undefined ? undefined : { ...row, properties }) }]
      }
      case 'FileDeleted':
        return [{ key, next: () => undefined }]
      default:
        return assertNever(event)
    }
  },
})

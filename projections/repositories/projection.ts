import { assertNever } from '../../domain/decider.ts'
import type { RepositoryEvent } from '../../domain/registry/repository/events.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly project: string
  readonly repository: string
  readonly repository_id: string
  readonly format: string
  readonly kind: string
  readonly public: boolean
  readonly overwrite: boolean
  readonly description: string | null
  readonly created_at: string
}

export const repositories = historyModel<Row>({
  name: 'repositories',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['RepositoryCreated', 'RepositoryUpdated', 'RepositoryDeleted'],
  columns: {
    project: 'text',
    repository: 'text',
    repository_id: 'text',
    format: 'text',
    kind: 'text',
    public: 'boolean',
    overwrite: 'boolean',
    description: 'text',
    created_at: 'text',
  },
  keyLength: 2,
  changes: (recorded, { revision }, { at }) => {
    const event = recorded as RepositoryEvent
    const { repositoryId, project, repository } = event.data
    const key = [project, repository]
    switch (event.type) {
      case 'RepositoryCreated': {
        const { format, kind, description, overwrite } = event.data
        const row = { project, repository, repository_id: repositoryId, format, kind, overwrite, created_at: at }
        const next = () => ({ ...row, public: event.data.public, description: description ?? null })
        return [{ key, fresh: revision === 0, next }]
      }
      case 'RepositoryUpdated': {
        const { description, overwrite } = event.data
        const settings = { public: event.data.public, overwrite, description: description ?? null }
        return [{ key, next: (row) => (row === undefined ? undefined : { ...row, ...settings }) }]
      }
      case 'RepositoryDeleted':
        return [{ key, next: () => undefined }]
      default:
        return assertNever(event)
    }
  },
})

import type { PackageEvent } from '../../domain/registry/package/package.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly repository_id: string
  readonly package: string
  readonly account_id: string
  readonly project: string
  readonly repository: string
  /** False: it was removed, and is not shown any more because it published a version. */
  readonly owner: boolean
  readonly changed_at: string
}

/** Who was added to the owners of a package, or removed from them. */
export const packageOwners = historyModel<Row>({
  name: 'package_owners',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['PackageOwnerAdded', 'PackageOwnerRemoved'],
  columns: {
    repository_id: 'text',
    package: 'text',
    account_id: 'text',
    project: 'text',
    repository: 'text',
    owner: 'boolean',
    changed_at: 'text',
  },
  keyLength: 3,
  changes: (recorded, _, { at }) => {
    const { type, data } = recorded as PackageEvent
    const { repositoryId, project, repository, package: name, accountId } = data
    const row = {
      repository_id: repositoryId,
      package: name,
      account_id: accountId,
      project,
      repository,
      owner: type === 'PackageOwnerAdded',
      changed_at: at,
    }
    return [{ key: [repositoryId, name, accountId], next: () => row }]
  },
})

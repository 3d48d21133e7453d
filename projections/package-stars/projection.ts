import type { StarEvent } from '../../domain/registry/star/star.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly repository_id: string
  readonly package: string
  readonly account_id: string
  readonly starred_at: string
}

/** Which account has which packages as favourites. */
export const packageStars = historyModel<Row>({
  name: 'package_stars',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['PackageStarred', 'PackageUnstarred'],
  columns: { repository_id: 'text', package: 'text', account_id: 'text', starred_at: 'text' },
  keyLength: 3,
  changes: (recorded, _, { at }) => {
    const { type, data } = recorded as StarEvent
    const { repositoryId, package: name, accountId } = data
    const row = { repository_id: repositoryId, package: name, account_id: accountId, starred_at: at }
    return [{ key: [repositoryId, name, accountId], next: () => (type === 'PackageStarred' ? row : undefined) }]
  },
})

import type { GroupEvent } from '../../domain/access/group/group.ts'
import { assertNever } from '../../domain/decider.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = { readonly group_name: string; readonly account_id: string; readonly added_at: string }

export const groupMembers = historyModel<Row>({
  name: 'group_members',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['GroupMemberAdded', 'GroupMemberRemoved'],
  columns: { group_name: 'text', account_id: 'text', added_at: 'text' },
  keyLength: 2,
  changes: (recorded, _, { at }) => {
    const event = recorded as GroupEvent
    switch (event.type) {
      case 'GroupCreated':
        return []
      case 'GroupMemberAdded': {
        const { group, accountId } = event.data
        return [{ key: [group, accountId], next: () => ({ group_name: group, account_id: accountId, added_at: at }) }]
      }
      case 'GroupMemberRemoved': {
        const { group, accountId } = event.data
        return [{ key: [group, accountId], next: () => undefined }]
      }
      default:
        return assertNever(event)
    }
  },
})

import type { AccountEvent } from '../../domain/access/account/account.ts'
import { assertNever } from '../../domain/decider.ts'
import { historyModel, type Change } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly account_id: string
  readonly kind: string
  readonly status: string
  readonly created_at: string
}

/** Accounts by id; their logins are in the vault. */
export const accounts = historyModel<Row>({
  name: 'accounts',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['AccountCreated', 'AccountDisabled', 'AccountEnabled'],
  columns: { account_id: 'text', kind: 'text', status: 'text', created_at: 'text' },
  keyLength: 1,
  changes: (recorded, _, { at }) => {
    const event = recorded as AccountEvent
    const { accountId } = event.data
    const become = (status: string): readonly Change<Row>[] => [
      { key: [accountId], next: (row) => (row === undefined ? undefined : { ...row, status }) },
    ]
    switch (event.type) {
      case 'AccountCreated': {
        const row = { account_id: accountId, kind: event.data.kind, status: 'active', created_at: at }
        return [{ key: [accountId], fresh: true, next: () => row }]
      }
      case 'AccountDisabled':
        return become('disabled')
      case 'AccountEnabled':
        return become('active')
      case 'AccountPasswordChanged':
        return []
      default:
        return assertNever(event)
    }
  },
})

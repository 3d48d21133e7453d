import type { RoleGrantEvent } from '../../domain/access/role-grant/role-grant.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly role: string
  readonly subject_kind: string
  readonly subject_id: string
  readonly scope: string
  readonly granted_at: string
}

export const roleGrants = historyModel<Row>({
  name: 'role_grants',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['RoleGranted', 'RoleRevoked'],
  columns: { role: 'text', subject_kind: 'text', subject_id: 'text', scope: 'text', granted_at: 'text' },
  keyLength: 4,
  changes: (recorded, _, { at }) => {
    const { type, data } = recorded as RoleGrantEvent
    const { role, subject, scope } = data
    const row = { role, subject_kind: subject.kind, subject_id: subject.id, scope, granted_at: at }
    return [{ key: [role, subject.kind, subject.id, scope], next: () => (type === 'RoleGranted' ? row : undefined) }]
  },
})

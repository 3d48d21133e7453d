import type { Sql } from 'postgres'
import type { Grant, Role } from '../../domain/access/authorise.ts'

export interface GrantRow extends Grant {
  readonly subject: { readonly kind: 'account' | 'group'; readonly id: string }
  /** RFC 3339. */
  readonly grantedAt: string
}

interface Row {
  readonly role: Role
  readonly subject_kind: 'account' | 'group'
  readonly subject_id: string
  readonly scope: string
  readonly granted_at: string
}

/** The grants in a project and its repositories, or on the system when `project` is undefined, as they are now. */
export const listGrants = async (sql: Sql, project?: string): Promise<readonly GrantRow[]> => {
  const rows = await sql<Row[]>`
    select role, subject_kind, subject_id, scope, granted_at from role_grants
    where valid_to is null and ${
      project === undefined ? sql`scope = 'system'` : sql`(scope = ${project} or starts_with(scope, ${`${project}/`}))`
    }
    order by scope, subject_kind, subject_id, role`
  return rows.map(({ role, scope, subject_kind, subject_id, granted_at }) => ({
    role,
    scope,
    subject: { kind: subject_kind, id: subject_id },
    grantedAt: granted_at,
  }))
}

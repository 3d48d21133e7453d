import type { Sql } from 'postgres'
import type { Grant, Role } from '../../domain/access/authorise.ts'

/** An account with the roles that it has by itself, by its groups and as an owner of packages, as they are now. */
export interface AccountWithRoles {
  readonly accountId: string
  readonly kind: 'human' | 'service'
  readonly status: 'active' | 'disabled'
  readonly grants: readonly Grant[]
}

interface Row {
  readonly kind: 'human' | 'service'
  readonly status: 'active' | 'disabled'
  readonly roles: Role[]
  readonly scopes: string[]
}

/** An owner of a package has a role on exactly its name, in the repository that the name meant then and means now. */
const scopeOfOwner = (sql: Sql) => sql`o.project || '/' || o.repository || ':' || o.package`
const isOwner = (sql: Sql) => sql`o.owner and o.valid_to is null`
const inPresentRepository = (sql: Sql) => sql`
  join repositories r on r.project = o.project and r.repository = o.repository
    and r.repository_id = o.repository_id and r.valid_to is null`

export const accountWithRoles = async (sql: Sql, accountId: string): Promise<AccountWithRoles | undefined> => {
  const [row] = await sql<Row[]>`
    with subjects as (
      select 'account' as kind, ${accountId} as id
      union all
      select 'group', group_name from group_members where account_id = ${accountId} and valid_to is null
    ), roles as (
      select distinct g.role, g.scope from role_grants g
      join subjects s on g.subject_kind = s.kind and g.subject_id = s.id
      where g.valid_to is null
      union
      select 'developer', ${scopeOfOwner(sql)} from package_owners o ${inPresentRepository(sql)}
      where o.account_id = ${accountId} and ${isOwner(sql)}
    )
    select a.kind, a.status,
      array(select role from roles order by scope, role) as roles,
      array(select scope from roles order by scope, role) as scopes
    from accounts a where a.account_id = ${accountId} and a.valid_to is null`
  if (row === undefined) return undefined
  const { kind, status, roles, scopes } = row
  return { accountId, kind, status, grants: roles.map((role, index) => ({ role, scope: scopes[index] as string })) }
}

export interface AccountRow {
  readonly accountId: string
  readonly kind: 'human' | 'service'
  readonly status: 'active' | 'disabled'
  /** RFC 3339. */
  readonly createdAt: string
}

/** Types of the events after which `accountWithRoles` may answer something else. */
export const ROLE_CHANGES: ReadonlySet<string> = new Set([
  'AccountDisabled',
  'AccountEnabled',
  'GroupMemberAdded',
  'GroupMemberRemoved',
  'PackageOwnerAdded',
  'PackageOwnerRemoved',
  // Owners of its packages lose their rights with it.
  'RepositoryDeleted',
  'RoleGranted',
  'RoleRevoked',
])

/** At most `limit` accounts after `after` (exclusive), by id, as they are now. */
export const listAccounts = async (sql: Sql, after: string, limit: number): Promise<readonly AccountRow[]> =>
  sql<AccountRow[]>`
    select account_id as "accountId", kind, status, created_at as "createdAt" from accounts
    where account_id > ${after} and valid_to is null order by account_id limit ${limit}`

export const findAccountRow = async (sql: Sql, accountId: string): Promise<AccountRow | undefined> => {
  const [row] = await sql<AccountRow[]>`
    select account_id as "accountId", kind, status, created_at as "createdAt" from accounts
    where account_id = ${accountId} and valid_to is null`
  return row
}

/** The roles that accounts have by themselves, by their groups and as owners of packages, as they are now, by account id. */
export const rolesOfMany = async (
  sql: Sql,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Grant[]>> => {
  const rows = await sql<(Grant & { readonly accountId: string })[]>`
    with subjects as (
      select id as account_id, 'account' as kind, id from unnest(${accountIds as string[]}::text[]) as asked(id)
      union all
      select account_id, 'group', group_name from group_members
      where account_id = any(${accountIds as string[]}) and valid_to is null
    )
    select distinct s.account_id as "accountId", g.role, g.scope
    from subjects s join role_grants g on g.subject_kind = s.kind and g.subject_id = s.id
    where g.valid_to is null
    union
    select o.account_id, 'developer', ${scopeOfOwner(sql)} from package_owners o ${inPresentRepository(sql)}
    where o.account_id = any(${accountIds as string[]}) and ${isOwner(sql)}
    order by "accountId", scope, role`
  return Map.groupBy(rows, (row) => row.accountId)
}

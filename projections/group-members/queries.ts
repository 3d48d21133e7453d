import type { Sql } from 'postgres'

/** The groups that an account is in now, by name. */
export const groupsOf = async (sql: Sql, accountId: string): Promise<readonly string[]> => {
  const rows = await sql<{ group_name: string }[]>`
    select group_name from group_members where account_id = ${accountId} and valid_to is null order by group_name`
  return rows.map((row) => row.group_name)
}

/** The ids of the accounts that are in a group now. */
export const membersOf = async (sql: Sql, group: string): Promise<readonly string[]> => {
  const rows = await sql<{ account_id: string }[]>`
    select account_id from group_members where group_name = ${group} and valid_to is null order by account_id`
  return rows.map((row) => row.account_id)
}

/** The groups that have a member or a role now, by name. */
export const listGroups = async (sql: Sql): Promise<readonly string[]> => {
  const rows = await sql<{ name: string }[]>`
    select group_name as name from group_members where valid_to is null
    union select subject_id from role_grants where subject_kind = 'group' and valid_to is null
    order by name`
  return rows.map((row) => row.name)
}

/** The groups of many accounts, by account id. */
export const groupsOfMany = async (
  sql: Sql,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const rows = await sql<{ readonly account_id: string; readonly group_name: string }[]>`
    select account_id, group_name from group_members
    where account_id = any(${accountIds as string[]}) and valid_to is null order by account_id, group_name`
  const names = new Map<string, string[]>()
  for (const { account_id: id, group_name: name } of rows) names.set(id, [...(names.get(id) ?? []), name])
  return names
}

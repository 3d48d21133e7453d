import * as account from './account/account.ts'
import { AccessDenied } from './denial/denial.ts'
import * as group from './group/group.ts'
import { RoleGranted, RoleRevoked } from './role-grant/role-grant.ts'
import { TokenCreated, TokenRevoked } from './token/token.ts'

export const accessEvents = [
  account.AccountCreated,
  account.AccountPasswordChanged,
  account.AccountDisabled,
  account.AccountEnabled,
  group.GroupCreated,
  group.GroupMemberAdded,
  group.GroupMemberRemoved,
  RoleGranted,
  RoleRevoked,
  TokenCreated,
  TokenRevoked,
  AccessDenied,
] as const

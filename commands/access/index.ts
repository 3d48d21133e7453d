import { addGroupMember, createGroup, removeGroupMember } from './change-group.ts'
import { createAccount } from './create-account.ts'
import { createToken } from './create-token.ts'
import { grantRole, revokeRole } from './grant-role.ts'
import { disableAccount, enableAccount } from './lock-account.ts'
import { revokeToken } from './revoke-token.ts'
import { setPassword } from './set-password.ts'

/** The commands on accounts, groups, roles and tokens. */
export const accessCommands = [
  createAccount,
  setPassword,
  disableAccount,
  enableAccount,
  createGroup,
  addGroupMember,
  removeGroupMember,
  grantRole,
  revokeRole,
  createToken,
  revokeToken,
] as const

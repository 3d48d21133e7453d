import { accounts } from './accounts/projection.ts'
import { groupMembers } from './group-members/projection.ts'
import { packageOwners } from './package-owners/projection.ts'
import type { ReadModel } from './read-model.ts'
import { repositories } from './repositories/projection.ts'
import { roleGrants } from './role-grants/projection.ts'
import { tokens } from './tokens/projection.ts'

/** The read models from which it is told who may do what. */
export const accessModels: readonly ReadModel[] = [
  accounts,
  groupMembers,
  roleGrants,
  tokens,
  repositories,
  packageOwners,
]

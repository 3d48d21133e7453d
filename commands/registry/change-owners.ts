import { Type } from 'typebox'
import { allows, type Principal } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Name } from '../../domain/names.ts'
import { packageOwners, packageStream } from '../../domain/registry/package/package.ts'
import { requireAccount } from '../access/accounts-by-login.ts'
import { command, type CommandContext, type CommandDependencies, type Permission } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { findRepository, onRepository, repositoryInput, requireRepository } from './in-repository.ts'

const ownerInput = Closed({
  ...repositoryInput,
  package: Type.String({ minLength: 1, maxLength: 512 }),
  account: Name,
})

interface OwnerInput {
  readonly project: string
  readonly repository: string
  readonly package: string
  readonly account: string
}

const isOwner = async (
  { project, repository, package: name }: OwnerInput,
  { accountId }: Principal,
  dependencies: CommandDependencies,
): Promise<boolean> => {
  const found = await findRepository(dependencies, { project, repository })
  if (found === undefined) return false
  const stream = packageStream({ repositoryId: found.repositoryId, package: name })
  const { state } = await dependencies.folds.load(stream, packageOwners)
  return state.owners.get(accountId) === true
}

/**
 * Managers of the repository, and owners of the package: they hand on no more than they have. Not with a token that is
 * limited, or a build server could let somebody in for good.
 */
const permissionToChange = async (
  input: OwnerInput,
  principal: Principal | undefined,
  dependencies: CommandDependencies,
): Promise<Permission> => {
  const { project, repository } = input
  const manages = principal !== undefined && allows(principal, 'manage', { project, repository })
  if (!manages && principal !== undefined && principal.limits === undefined) {
    if (await isOwner(input, principal, dependencies))
      return onRepository('write', input, input.package, principal, dependencies)
  }
  return onRepository('manage', input, undefined, principal, dependencies)
}

const change = async (
  type: 'AddPackageOwner' | 'RemovePackageOwner',
  input: OwnerInput,
  context: CommandContext,
  dependencies: CommandDependencies,
) => {
  const { at, format } = await requireRepository(dependencies, input)
  if (format === 'generic')
    throw new DomainError('unsupported', 'A generic repository holds files, which have no owners.')
  const { accountId } = await requireAccount(dependencies, input.account)
  const named = { ...at, format, package: input.package }
  const wanted = { type, at: named, accountId } as const
  const { position } = await decideAndAppend(dependencies, context, packageStream(named), packageOwners, wanted)
  return { position }
}

export const addPackageOwner = command({
  name: 'AddPackageOwner',
  summary:
    'Makes an account an owner of a package: it is shown as one, and has the role developer on that name. Owners may do this too.',
  input: ownerInput,
  permission: permissionToChange,
  handle: (input, context, dependencies) => change('AddPackageOwner', input, context, dependencies),
})

export const removePackageOwner = command({
  name: 'RemovePackageOwner',
  summary: 'Takes an account off the owners of a package; what its roles allow stays. Owners may do this too.',
  input: ownerInput,
  permission: permissionToChange,
  handle: (input, context, dependencies) => change('RemovePackageOwner', input, context, dependencies),
})

import { ROLES, type Role } from '../../domain/access/authorise.ts'
import { group, groupStream } from '../../domain/access/group/group.ts'
import { roleGrant, roleGrantStream, type RoleGrant } from '../../domain/access/role-grant/role-grant.ts'
import { resourceOf, ScopeText, type Scope } from '../../domain/access/scope.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Name, OneOf, Optional } from '../../domain/names.ts'
import { project as projectDecider, projectStream } from '../../domain/registry/project/project.ts'
import { repositoryStream } from '../../domain/registry/repository/events.ts'
import { repository as repositoryDecider } from '../../domain/registry/repository/repository.ts'
import { command, type CommandContext, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { requireAccount } from './accounts-by-login.ts'

const GrantInput = Closed({
  role: OneOf(ROLES),
  account: Optional(Name),
  group: Optional(Name),
  scope: ScopeText,
})

interface Grant {
  readonly role: Role
  readonly account?: string
  readonly group?: string
  readonly scope: Scope
}

const requireGroup = async ({ folds }: CommandDependencies, name: string): Promise<void> => {
  const { state } = await folds.load(groupStream(name), group)
  if (!state.exists) throw new DomainError('not-found', `There is no group ${name}.`)
}

const subjectOf = async (dependencies: CommandDependencies, input: Grant): Promise<RoleGrant['subject']> => {
  if (input.account !== undefined && input.group === undefined)
    return { kind: 'account', id: (await requireAccount(dependencies, input.account)).accountId }
  if (input.group === undefined || input.account !== undefined)
    throw new DomainError('invalid-input', 'Name either an account or a group, and not both.')
  await requireGroup(dependencies, input.group)
  return { kind: 'group', id: input.group }
}

/** A grant on a mistyped name would wait in silence for whoever creates it. */
const requirePlace = async ({ folds }: CommandDependencies, scope: Scope): Promise<void> => {
  const { project, repository } = resourceOf(scope)
  if (project === undefined) return
  const home = await folds.load(projectStream(project), projectDecider)
  if (!home.state.exists) throw new DomainError('not-found', `There is no project ${project}.`)
  if (repository === undefined) return
  const { state } = await folds.load(repositoryStream(project, repository), repositoryDecider)
  if (state.status !== 'present') throw new DomainError('not-found', `There is no repository ${project}/${repository}.`)
}

const change = async (
  type: 'GrantRole' | 'RevokeRole',
  input: Grant,
  context: CommandContext,
  dependencies: CommandDependencies,
) => {
  const grant = { role: input.role, subject: await subjectOf(dependencies, input), scope: input.scope }
  const wanted = { type, grant } as const
  const { position } = await decideAndAppend(dependencies, context, roleGrantStream(grant), roleGrant, wanted)
  return { position }
}

export const grantRole = command({
  name: 'GrantRole',
  summary: 'Gives an account or a group a role on the system, a project, a repository, or names in a repository.',
  input: GrantInput,
  permission: ({ scope }) => ({ action: 'manage', resource: resourceOf(scope) }),
  handle: async (input, context, dependencies) => {
    await requirePlace(dependencies, input.scope)
    return change('GrantRole', input, context, dependencies)
  },
})

export const revokeRole = command({
  name: 'RevokeRole',
  summary: 'Takes back a role that was granted on exactly this scope; it stops working at once.',
  input: GrantInput,
  permission: ({ scope }) => ({ action: 'manage', resource: resourceOf(scope) }),
  handle: (input, context, dependencies) => change('RevokeRole', input, context, dependencies),
})

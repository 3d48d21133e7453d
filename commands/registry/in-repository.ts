import { allows, type Action, type Principal } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { Name, type InRepository } from '../../domain/names.ts'
import { repositoryStream } from '../../domain/registry/repository/events.ts'
import { repository as decider, type RepositoryState } from '../../domain/registry/repository/repository.ts'
import type { CommandDependencies, Permission } from '../command.ts'

/** The input fields that name a repository. */
export const repositoryInput = { project: Name, repository: Name } as const

export interface RepositoryName {
  readonly project: string
  readonly repository: string
}

export type PresentRepository = Extract<RepositoryState, { status: 'present' }>

/** The repository as the log has it, or undefined. */
export const findRepository = async (
  { folds }: CommandDependencies,
  { project, repository }: RepositoryName,
): Promise<PresentRepository | undefined> => {
  const { state } = await folds.recent(repositoryStream(project, repository), decider)
  return state.status === 'present' ? state : undefined
}

export const requireRepository = async (
  dependencies: CommandDependencies,
  name: RepositoryName,
): Promise<PresentRepository & { readonly at: InRepository }> => {
  const found = await findRepository(dependencies, name)
  if (found === undefined)
    throw new DomainError('not-found', `There is no repository ${name.project}/${name.repository}.`)
  const { project, repository } = name
  return { ...found, at: { repositoryId: found.repositoryId, project, repository } }
}

/**
 * The permission for an action on a repository or on a thing named in it. Whether the repository is public matters only to
 * the wording of a refusal, so it is looked up only then.
 */
export const onRepository = async (
  action: Action,
  { project, repository }: RepositoryName,
  name: string | undefined,
  principal: Principal | undefined,
  dependencies: CommandDependencies,
): Promise<Permission> => {
  const resource = { project, repository, ...(name === undefined ? {} : { name }) }
  if (principal !== undefined && allows(principal, action, resource)) return { action, resource }
  const found = await findRepository(dependencies, { project, repository })
  return { action, resource, open: found?.public ?? false }
}

import type { Resource } from '../domain/access/authorise.ts'
import { DomainError } from '../domain/errors.ts'

/**
 * The resource that arguments name: a repository, a project, or without any the system.
 * @throws {DomainError} `invalid-input`: a repository without its project
 */
export const placeNamed = (project: string | undefined, repository: string | undefined): Resource => {
  if (project === undefined && repository !== undefined)
    throw new DomainError('invalid-input', 'A repository is named together with its project.')
  return { ...(project === undefined ? {} : { project }), ...(repository === undefined ? {} : { repository }) }
}

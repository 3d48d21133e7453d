import { wrongCall } from './failure.ts'

/** A repository by its name; `repository` may have an instant behind an `@`, where it is read as it was then. */
export interface RepositoryPlace {
  readonly project: string
  readonly repository: string
}

/** A path in a repository: of a file, or of a folder, which ends with `/` or is `''`. */
export interface FilePlace extends RepositoryPlace {
  readonly path: string
}

const NAME = /^[a-z0-9]+([._-][a-z0-9]+)*$/

/** @throws {Failure} the call is wrong */
export const repositoryPlace = (text: string): RepositoryPlace => {
  const [project = '', repository = '', ...rest] = text.split('/')
  if (!NAME.test(project) || !NAME.test(repository) || rest.length > 0)
    throw wrongCall(`${text} is not a repository: write it as project/repository`)
  return { project, repository }
}

/** @throws {Failure} the call is wrong */
export const filePlace = (text: string): FilePlace => {
  const [project = '', repository = '', ...rest] = text.split('/')
  if (!NAME.test(project) || !NAME.test(repository.split('@')[0] ?? ''))
    throw wrongCall(`${text} is not a place in a repository: write it as project/repository/path`)
  // an address would be read as another one
  if (rest.some((segment, at) => segment === '.' || segment === '..' || (segment === '' && at < rest.length - 1)))
    throw wrongCall(`${text} has an empty, . or .. part in its path`)
  return { project, repository, path: rest.join('/') }
}

export const isFolder = ({ path }: FilePlace): boolean => path === '' || path.endsWith('/')

/** As people write it. */
export const placeText = ({ project, repository, path }: FilePlace): string => `${project}/${repository}/${path}`

/** The address on the server, from its root. */
export const fileAddress = ({ project, repository, path }: FilePlace): string =>
  `/generic/${project}/${encodeURIComponent(repository)}/${path.split('/').map(encodeURIComponent).join('/')}`

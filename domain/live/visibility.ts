import { allows, mayEnter, type Principal } from '../access/authorise.ts'
import { resourceOf, type Scope } from '../access/scope.ts'

/** A repository as far as permissions go; `open`: the one that has the name today is public. */
export interface Place {
  readonly project: string
  readonly repository: string
  readonly open: boolean
}

/** The lists of scopes that all must cover what is read: those of the grants, and those that a token is limited to. */
export const scopeLists = (principal: Principal | undefined): readonly (readonly Scope[])[] => {
  if (principal === undefined) return [[]]
  const granted = principal.grants.map(({ scope }) => scope)
  const limited = principal.limits?.scopes
  return limited === undefined ? [granted] : [granted, limited]
}

/** Whether something in the repository may be read. */
export const maySeeRepository = (principal: Principal | undefined, { project, repository, open }: Place): boolean =>
  open || (principal !== undefined && mayEnter(principal, project, repository))

/** Whether the package or path in the repository may be read. */
export const maySeeName = (principal: Principal | undefined, place: Place, name: string): boolean => {
  const { project, repository, open } = place
  return open || (principal !== undefined && allows(principal, 'read', { project, repository, name }))
}

/** Stands for a repository that no scope names: only a scope on the whole project or system reaches it. */
const ANY = ''

/** Whether something in the project may be read; `open`: a repository in it is public. */
export const maySeeProject = (principal: Principal | undefined, project: string, open: boolean): boolean => {
  if (open) return true
  if (principal === undefined) return false
  const named = scopeLists(principal)
    .flat()
    .map(resourceOf)
    .flatMap((resource) => (resource.project === project ? [resource.repository ?? ANY] : []))
  return [ANY, ...named].some((repository) => mayEnter(principal, project, repository))
}

import { allows } from '../../domain/access/authorise.ts'
import { resourceOf, type Scope } from '../../domain/access/scope.ts'
import { listFolder } from '../../projections/files/queries.ts'
import type { OpenedRepository } from '../http/open-repository.ts'
import type { GenericExchange } from './generic-request.ts'

type Viewed = Pick<OpenedRepository, 'principal' | 'public' | 'project' | 'repository'>

/** Whether the path may be read. */
export const mayRead = ({ principal, public: open, project, repository }: Viewed, path: string): boolean =>
  open || (principal !== undefined && allows(principal, 'read', { project, repository, name: path }))

/** The patterns of those scopes that reach into the repository; undefined when one of them covers all of it. */
const patternsOf = ({ project, repository }: Viewed, scopes: readonly Scope[]): string[] | undefined => {
  const here = scopes.filter((scope) => {
    const resource = resourceOf(scope)
    if (resource.project === undefined) return true
    return resource.project === project && (resource.repository ?? repository) === repository
  })
  if (here.some((scope) => !scope.includes(':'))) return undefined
  return here.map((scope) => scope.slice(scope.indexOf(':') + 1))
}

/**
 * Lists of patterns, of each of which a path must match one to be readable: bounds for queries, so that what cannot be shown is not
 * fetched. `mayRead` still judges each row.
 */
export const readableNames = (viewed: Viewed): string[][] => {
  const { principal, public: open } = viewed
  if (open || principal === undefined) return []
  const lists = [principal.grants.map(({ scope }) => scope), principal.limits?.scopes]
  return lists.flatMap((scopes) => {
    const patterns = scopes && patternsOf(viewed, scopes)
    return patterns === undefined ? [] : [patterns]
  })
}

/** Whether the path is a folder with something in it that may be read. */
export const isReadableFolder = async ({ gateway, repository }: GenericExchange, path: string): Promise<boolean> => {
  const { repositoryId, asOf } = repository
  const names = readableNames(repository)
  const [entry] = await listFolder(gateway.sql, { repositoryId, folder: `${path}/`, names, limit: 1, asOf })
  if (entry === undefined) return false
  return mayRead(repository, entry.kind === 'file' ? entry.file.path : entry.witness)
}

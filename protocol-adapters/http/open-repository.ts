import { allows, authorise, mayEnter, type Action, type Principal } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Format, InRepository } from '../../domain/names.ts'
import { END } from '../../platform/event-store/event-store.ts'
import { asOfInstant, type AsOf } from '../../projections/as-of.ts'
import { findRepository, type RepositoryRow } from '../../projections/repositories/queries.ts'
import type { Gateway } from './gateway.ts'

/** A repository as a request sees it. */
export interface OpenedRepository extends InRepository {
  readonly principal: Principal | undefined
  readonly public: boolean
  readonly overwrite: boolean
  /** `END`: as it is now. */
  readonly asOf: AsOf
  /** The name in the address, with `@{instant}` when it has one. */
  readonly segment: string
}

const refuse = (principal: Principal | undefined, project: string, repository: string): never => {
  if (principal === undefined)
    throw new DomainError('unauthenticated', `Credentials are needed for ${project}/${repository}.`)
  throw new DomainError('not-found', `There is no repository ${project}/${repository}.`)
}

const opened = (
  row: RepositoryRow,
  principal: Principal | undefined,
  segment: string,
  asOf: AsOf,
): OpenedRepository => ({
  repositoryId: row.repositoryId,
  project: row.project,
  repository: row.repository,
  principal,
  public: row.public,
  overwrite: row.overwrite,
  asOf,
  segment,
})

/** A repository as of an instant; what was withdrawn since needs the action `read-history`. Permissions are always today's. */
const openPast = async (
  gateway: Gateway,
  principal: Principal | undefined,
  format: Format,
  project: string,
  segment: string,
): Promise<OpenedRepository> => {
  const at = segment.indexOf('@')
  const name = segment.slice(0, at)
  const today = await gateway.repositories.find(project, name)
  const entered = today?.public === true || (principal !== undefined && mayEnter(principal, project, name))
  if (!entered) return refuse(principal, project, name)
  const asOf = await asOfInstant(gateway, segment.slice(at + 1))
  const past = await findRepository(gateway.sql, project, name, asOf)
  if (past === undefined || past.format !== format)
    throw new DomainError('not-found', `There was no ${format} repository ${project}/${name} at that instant.`)
  if (past.repositoryId !== today?.repositoryId)
    authorise(principal, 'read-history', { project, repository: name }, { open: today?.public ?? false })
  return { ...opened(past, principal, segment, asOf), public: today?.public ?? false }
}

/**
 * The repository that an address names, for somebody who may read something in it.
 * @throws {DomainError} `unauthenticated` (nobody signed in, and it is not public, existing or not) | `not-found`
 */
export const openRepository = async (
  gateway: Gateway,
  principal: Principal | undefined,
  format: Format,
  project: string,
  segment: string,
): Promise<OpenedRepository> => {
  if (segment.includes('@')) return openPast(gateway, principal, format, project, segment)
  const row = await gateway.repositories.find(project, segment)
  if (row === undefined || row.format !== format) return refuse(principal, project, segment)
  if (!row.public && !(principal !== undefined && mayEnter(principal, project, segment)))
    return refuse(principal, project, segment)
  return opened(row, principal, segment, END)
}

/** Refuses, and counts the refusal, unless the action is allowed on the repository or the thing named in it. */
export const requireAction = (
  gateway: Pick<Gateway, 'denied'>,
  { principal, project, repository, public: open }: OpenedRepository,
  action: Action,
  name?: string,
): void => {
  const resource = { project, repository, ...(name === undefined ? {} : { name }) }
  if (action === 'read' && open) return
  if (principal !== undefined && allows(principal, action, resource)) return
  if (principal !== undefined) gateway.denied(principal, action, resource)
  authorise(principal, action, resource, { open })
}

/** The past cannot be written. */
export const requirePresent = ({ asOf, segment }: OpenedRepository): void => {
  if (asOf !== END) throw new DomainError('method-not-allowed', `${segment} shows the past, which cannot be changed.`)
}

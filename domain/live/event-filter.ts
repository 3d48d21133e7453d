import { allows, type Principal, type Resource } from '../access/authorise.ts'
import { resourceOf } from '../access/scope.ts'
import { DomainError } from '../errors.ts'
import { EVENT_TYPES } from '../event-catalogue.ts'
import { isForReaders } from './event-sight.ts'
import type { LiveEvent } from './live-event.ts'
import { maySeeProject, maySeeRepository, scopeLists } from './visibility.ts'

/** Which events somebody asks for; every field that is given must hold. */
export interface EventFilter {
  readonly project: string | undefined
  readonly repository: string | undefined
  /** Undefined: of any type. */
  readonly types: ReadonlySet<string> | undefined
}

export interface AskedEvents {
  readonly project?: string | undefined
  /** Together with `project`. */
  readonly repository?: string | undefined
  /** Names of event types, or their beginnings with a star at the end. */
  readonly types?: readonly string[] | undefined
}

const namesOf = (pattern: string): readonly string[] => {
  if (!/^([A-Za-z]+\*?|\*)$/.test(pattern)) throw new DomainError('invalid-input', `${pattern} is no type of events.`)
  const names = [...EVENT_TYPES.keys()]
  const found = pattern.endsWith('*')
    ? names.filter((name) => name.startsWith(pattern.slice(0, -1)))
    : names.filter((name) => name === pattern)
  if (found.length === 0) throw new DomainError('invalid-input', `There is no type of events like ${pattern}.`)
  return found
}

/** A name that nothing can have is refused before anybody looks for it. */
const named = (name: string | undefined): string | undefined => {
  if (name === undefined || /^[a-z0-9]+([._-][a-z0-9]+)*$/.test(name)) return name
  throw new DomainError('invalid-input', 'A project or repository has another kind of name.')
}

/** @throws {DomainError} `invalid-input`: a repository without its project, or a type that there is not */
export const eventFilter = ({ project, repository, types }: AskedEvents): EventFilter => {
  if (project === undefined && repository !== undefined)
    throw new DomainError('invalid-input', 'A repository is named together with its project.')
  const everything = types === undefined || types.includes('*')
  return {
    project: named(project),
    repository: named(repository),
    types: everything ? undefined : new Set(types.flatMap(namesOf)),
  }
}

/** Filters that want the same have the same key. */
export const filterKey = ({ project, repository, types }: EventFilter): string =>
  JSON.stringify([project, repository, types === undefined ? undefined : [...types].sort()])

export const wants = (filter: EventFilter, event: LiveEvent): boolean =>
  (filter.project === undefined || filter.project === event.project) &&
  (filter.repository === undefined || filter.repository === event.repository) &&
  (filter.types === undefined || filter.types.has(event.type))

const lies = (inner: Resource, outer: Resource): boolean =>
  (outer.project === undefined || outer.project === inner.project) &&
  (outer.repository === undefined || outer.repository === inner.repository)

/** Whether the audit trail of something in the place may be read. */
const mayAuditIn = (principal: Principal, place: Resource): boolean =>
  [place, ...scopeLists(principal).flat().map(resourceOf)].some(
    (resource) => lies(resource, place) && allows(principal, 'audit', resource),
  )

const placeOf = ({ project, repository }: EventFilter): Resource => ({
  ...(project === undefined ? {} : { project }),
  ...(repository === undefined ? {} : { repository }),
})

/**
 * Refuses those who could see nothing of what they ask for, instead of letting them wait for ever. `open`: the repository is
 * public, or the project has one that is.
 * @throws {DomainError} `unauthenticated` | `not-found` | `forbidden`: events that are for readers of the audit trail alone
 */
export const requireSomethingSeen = (principal: Principal | undefined, filter: EventFilter, open: boolean): void => {
  const { project, repository, types } = filter
  const visible =
    project === undefined ||
    (repository === undefined
      ? maySeeProject(principal, project, open)
      : maySeeRepository(principal, { project, repository, open }))
  const where = [project, repository].filter((part) => part !== undefined).join('/')
  if (!visible) {
    if (principal === undefined) throw new DomainError('unauthenticated', `Credentials are needed for ${where}.`)
    throw new DomainError('not-found', `There is no ${where}.`)
  }
  if (types === undefined || [...types].some(isForReaders)) return
  if (principal === undefined) throw new DomainError('unauthenticated', 'Credentials are needed for these events.')
  if (mayAuditIn(principal, placeOf(filter))) return
  throw new DomainError('forbidden', 'These events are for those whose roles include "audit" there.')
}

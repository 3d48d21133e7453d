import { Type } from 'typebox'

/** What an action is asked on: the whole system when empty, else a project, a repository, or a package or path in it. */
export interface Resource {
  readonly project?: string
  readonly repository?: string
  /** Package name or file path. */
  readonly name?: string
}

/** `system` | `project` | `project/repository` | `project/repository:pattern`, where `*` in a pattern stands for any run of characters. */
export type Scope = string

export const SCOPE_PATTERN = '^(system|[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*(:.{1,256})?)?)$'

export const ScopeText = Type.String({
  pattern: SCOPE_PATTERN,
  maxLength: 400,
  description: 'system, project, project/repository or project/repository:pattern',
})

interface ScopeParts {
  readonly project: string
  readonly repository: string | undefined
  readonly pattern: string | undefined
}

const partsOf = (scope: Scope): ScopeParts => {
  const colon = scope.indexOf(':')
  const path = colon < 0 ? scope : scope.slice(0, colon)
  const slash = path.indexOf('/')
  return {
    project: slash < 0 ? path : path.slice(0, slash),
    repository: slash < 0 ? undefined : path.slice(slash + 1),
    pattern: colon < 0 ? undefined : scope.slice(colon + 1),
  }
}

/** By searching for the parts between the stars from left to right: a regular expression would take exponential time on some. */
const matches = (pattern: string, name: string): boolean => {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return name === first
  const end = name.length - last.length
  if (first.length > end || !name.startsWith(first) || !name.endsWith(last)) return false
  let from = first.length
  for (const part of rest) {
    const found = name.indexOf(part, from)
    if (found < 0 || found + part.length > end) return false
    from = found + part.length
  }
  return true
}

/** Whether the scope covers the whole resource: a grant on one repository says nothing of its project. */
export const covers = (scope: Scope, { project, repository, name }: Resource): boolean => {
  if (scope === 'system') return true
  const own = partsOf(scope)
  if (own.project !== project) return false
  if (own.repository === undefined) return true
  if (own.repository !== repository) return false
  return own.pattern === undefined || (name !== undefined && matches(own.pattern, name))
}

/** Whether the scope covers something that lies in the resource, or all of it. */
export const reachesInto = (scope: Scope, resource: Resource): boolean => {
  if (covers(scope, resource)) return true
  if (resource.name !== undefined) return false
  const { project, repository } = partsOf(scope)
  return project === resource.project && (resource.repository === undefined || repository === resource.repository)
}

/** Whether everything that `inner` covers is covered by `outer` too. */
export const scopeWithin = (inner: Scope, outer: Scope): boolean => {
  if (outer === 'system') return true
  if (inner === 'system') return false
  const { project, repository, pattern } = partsOf(inner)
  // A pattern that matches another pattern's text has a star wherever that one has, and so matches all that it matches.
  return covers(outer, {
    project,
    ...(repository === undefined ? {} : { repository }),
    ...(pattern === undefined ? {} : { name: pattern }),
  })
}

/** The resource whose managers may grant roles on the scope: for a pattern the whole repository. */
export const resourceOf = (scope: Scope): Resource => {
  if (scope === 'system') return {}
  const { project, repository } = partsOf(scope)
  return { project, ...(repository === undefined ? {} : { repository }) }
}

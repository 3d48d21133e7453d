import { DomainError } from '../errors.ts'
import { covers, reachesInto, type Resource, type Scope } from './scope.ts'

export type { Resource } from './scope.ts'

export const ACTIONS = ['read', 'write', 'delete', 'manage', 'audit', 'read-history'] as const
/**
 * - `read`: list and download · `write`: publish, tag, deprecate, set properties · `delete`: remove versions and files
 * - `manage`: settings, grants, other people's tokens · `audit`: the audit trail · `read-history`: withdrawn content of the past
 */
export type Action = (typeof ACTIONS)[number]

export const ROLES = ['viewer', 'developer', 'admin'] as const
export type Role = (typeof ROLES)[number]

const ALLOWED: Readonly<Record<Role, ReadonlySet<Action>>> = {
  viewer: new Set(['read']),
  developer: new Set(['read', 'write', 'delete']),
  admin: new Set(ACTIONS),
}

export interface Grant {
  readonly role: Role
  readonly scope: Scope
}

/** Narrows what a token may do below what its account may. */
export interface Limits {
  readonly actions?: readonly Action[]
  readonly scopes?: readonly Scope[]
}

/** Who asks, with everything that decides what they may do. */
export interface Principal {
  readonly accountId: string
  readonly kind: 'human' | 'service' | 'system'
  /** `password`, `session`, `token:<id>` or `system`. */
  readonly via: string
  readonly grants: readonly Grant[]
  readonly limits?: Limits
}

/** Waybill itself: bootstrap, workers. */
export const systemPrincipal = (part: string): Principal => ({
  accountId: part,
  kind: 'system',
  via: 'system',
  grants: [{ role: 'admin', scope: 'system' }],
})

export const allows = (principal: Principal, action: Action, resource: Resource): boolean => {
  const { limits } = principal
  if (limits?.actions !== undefined && !limits.actions.includes(action)) return false
  if (limits?.scopes !== undefined && !limits.scopes.some((scope) => covers(scope, resource))) return false
  return principal.grants.some((grant) => ALLOWED[grant.role].has(action) && covers(grant.scope, resource))
}

/** Whether something inside the project or repository may be read: then that itself is no secret. */
const isKnownTo = (principal: Principal, resource: Resource): boolean => {
  const { actions, scopes } = principal.limits ?? {}
  if (actions !== undefined && !actions.includes('read')) return false
  if (scopes !== undefined && !scopes.some((scope) => reachesInto(scope, resource))) return false
  return principal.grants.some(({ scope }) => reachesInto(scope, resource))
}

/** Whether some name inside the repository may be read. */
export const mayEnter = (principal: Principal, project: string, repository: string): boolean =>
  isKnownTo(principal, { project, repository })

const describe = ({ project, repository, name }: Resource): string =>
  [project, repository, name].filter((part) => part !== undefined).join('/') || 'the system'

/**
 * Refuses as section 9 of the design says: without credentials `unauthenticated`; signed in but not allowed to read it
 * `not-found`, as if it did not exist; allowed to read but not to do this `forbidden`. That there is a system is no secret.
 * `open`: the resource is in a public repository, which anyone may read.
 */
export const authorise = (
  principal: Principal | undefined,
  action: Action,
  resource: Resource,
  { open = false }: { readonly open?: boolean } = {},
): void => {
  if (action === 'read' && open) return
  if (principal === undefined)
    throw new DomainError('unauthenticated', `Credentials are needed for ${describe(resource)}.`)
  if (allows(principal, action, resource)) return
  if (resource.project === undefined)
    throw new DomainError('forbidden', `Your roles do not include "${action}" on the system.`)
  if (open || allows(principal, 'read', resource) || (action !== 'read' && isKnownTo(principal, resource)))
    throw new DomainError(
      'forbidden',
      `You may read ${describe(resource)}, but your roles do not include "${action}" on it.`,
    )
  throw new DomainError('not-found', `There is no ${describe(resource)}.`)
}

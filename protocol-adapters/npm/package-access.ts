import { allows, type Grant, type Principal } from '../../domain/access/authorise.ts'
import { covers } from '../../domain/access/scope.ts'
import { DomainError } from '../../domain/errors.ts'
import { accountWithRoles, rolesOfMany } from '../../projections/accounts/queries.ts'
import { membersOf } from '../../projections/group-members/queries.ts'
import { listPackages } from '../../projections/packages/queries.ts'
import { listGrants } from '../../projections/role-grants/queries.ts'
import { requireAction } from '../http/open-repository.ts'
import { isJsonObject, member } from './json-object.ts'
import { readJson, requirePrincipal, sendJson, type InRepositoryExchange, type Operation } from './npm-request.ts'
import { requirePackage } from './read-package.ts'

/** Packages of one answer; the forms of npm know no pages. */
const MOST_PACKAGES = 10_000

const withGrants = (accountId: string, grants: readonly Grant[]): Principal => ({
  accountId,
  kind: 'human',
  via: 'password',
  grants,
})

/** What somebody may do with a name, in npm's words; undefined: nothing by a role. */
const permissionOn = (
  who: Principal,
  { project, repository }: InRepositoryExchange['repository'],
  name: string,
): 'write' | 'read' | undefined => {
  const resource = { project, repository, name }
  if (allows(who, 'write', resource)) return 'write'
  return allows(who, 'read', resource) ? 'read' : undefined
}

const manages = ({ principal, repository: { project, repository } }: InRepositoryExchange): boolean =>
  principal !== undefined && allows(principal, 'manage', { project, repository })

/** The accounts that a role reaches here, by themselves or by a group. */
const accountsWithRoles = async ({ gateway, repository }: InRepositoryExchange, name: string): Promise<string[]> => {
  const { project, repository: repo } = repository
  const grants = [...(await listGrants(gateway.sql)), ...(await listGrants(gateway.sql, project))]
  const here = grants.filter(({ scope }) => covers(scope, { project, repository: repo, name }))
  const ids = here.map(async ({ subject }) =>
    subject.kind === 'account' ? [subject.id] : await membersOf(gateway.sql, subject.id),
  )
  return (await Promise.all(ids)).flat()
}

/**
 * `npm access list collaborators`: `{ login: "read" | "write" }`. Managers of the repository see everybody whom a role lets
 * in, others only the owners, whom the package names anyway.
 */
export const readCollaborators: Operation<'collaborators', InRepositoryExchange> = async (exchange, { name }) => {
  const { gateway, repository, reply } = exchange
  requirePrincipal(exchange)
  const { owners } = await requirePackage(exchange, name)
  const ids = [...new Set([...owners, ...(manages(exchange) ? await accountsWithRoles(exchange, name) : [])])]
  const [roles, logins] = await Promise.all([rolesOfMany(gateway.sql, ids), gateway.vault.accounts.logins(ids)])
  const entries = ids.flatMap((id) => {
    const permission = permissionOn(withGrants(id, roles.get(id) ?? []), repository, name)
    const login = logins.get(id)
    return permission === undefined || login === undefined ? [] : [[login, permission] as const]
  })
  return sendJson(reply, Object.fromEntries(entries))
}

/** `npm access get status`. */
export const readVisibility: Operation<'visibility', InRepositoryExchange> = async (exchange, { name }) => {
  await requirePackage(exchange, name)
  return sendJson(exchange.reply, { public: exchange.repository.public })
}

/** `npm access set status=…` and `mfa=…`: what is so already is confirmed, what only the repository can have is refused. */
export const setAccess: Operation<'access', InRepositoryExchange> = async (exchange, { name }) => {
  const { gateway, repository, request, reply } = exchange
  requireAction(gateway, repository, 'write', name)
  await requirePackage(exchange, name)
  const body = await readJson(request)
  if (!isJsonObject(body)) throw new DomainError('invalid-input', 'The body must be an object.')
  const access = member(body, 'access')
  const place = `${repository.project}/${repository.repository}`
  if (access !== undefined && (access === 'public') !== repository.public)
    throw new DomainError(
      'unsupported',
      `Who may read is decided for all of ${place} at once: UpdateRepository with public ${access === 'public'}.`,
    )
  if (member(body, 'publish_requires_tfa') === true)
    throw new DomainError('unsupported', 'Accounts here have no second factor that a publish could ask for.')
  return sendJson(reply, { ok: true })
}

/** The packages that the asker may read, by name, as somebody else may use them. */
export const packagesFor = async (
  exchange: InRepositoryExchange,
  who: Principal,
  pattern = '*',
): Promise<Readonly<Record<string, 'write' | 'read'>>> => {
  const { gateway, repository, principal } = exchange
  const { repositoryId, asOf, public: open } = repository
  const rows = await listPackages(gateway.sql, { repositoryId, names: [[pattern]], limit: MOST_PACKAGES, asOf })
  const mayKnow = (name: string): boolean =>
    open || (principal !== undefined && permissionOn(principal, repository, name) !== undefined)
  const entries = rows.flatMap(({ package: name }) => {
    const permission = permissionOn(who, repository, name) ?? (open ? 'read' : undefined)
    return permission === undefined || !mayKnow(name) ? [] : [[name, permission] as const]
  })
  return Object.fromEntries(entries)
}

/** `npm access list packages @scope`, or the project as the organisation: what you may do with the packages there. */
export const readScopePackages: Operation<'org-packages', InRepositoryExchange> = async (exchange, { org }) => {
  const principal = requirePrincipal(exchange)
  const scope = org.replace(/^@/, '')
  const found = await packagesFor(exchange, principal, scope === exchange.repository.project ? '*' : `@${scope}/*`)
  // npm then takes the name for that of an account
  if (Object.keys(found).length === 0) throw new DomainError('not-found', `There are no packages of ${org} here.`)
  return sendJson(exchange.reply, found)
}

/** `npm access list packages <user>`: your own, or those of others for who manages the repository. */
export const readUserPackages: Operation<'user-packages', InRepositoryExchange> = async (exchange, { user }) => {
  const { gateway, repository, reply } = exchange
  const principal = requirePrincipal(exchange)
  const account = await gateway.vault.accounts.byLogin(user)
  if (account?.accountId !== principal.accountId) requireAction(gateway, repository, 'manage')
  const found = account && (await accountWithRoles(gateway.sql, account.accountId))
  if (found === undefined) throw new DomainError('not-found', `There is no account ${user}.`)
  return sendJson(reply, await packagesFor(exchange, withGrants(found.accountId, found.grants)))
}

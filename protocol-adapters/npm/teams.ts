import { addGroupMember, createGroup, removeGroupMember } from '../../commands/access/change-group.ts'
import { grantRole, revokeRole } from '../../commands/access/grant-role.ts'
import { allows, authorise, type Grant, type Role } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { listGroups, membersOf } from '../../projections/group-members/queries.ts'
import { listGrants } from '../../projections/role-grants/queries.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { requireAction, requirePresent } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import { isJsonObject, stringMember } from './json-object.ts'
import { npmCaller } from './npm-caller.ts'
import { readJson, readText, requirePrincipal, sendJson } from './npm-request.ts'
import type { InRepositoryExchange, Operation } from './npm-request.ts'
import { packagesFor } from './package-access.ts'

/** Groups belong to the whole of Waybill; one form of their name in npm's words, or two teams would be one group. */
const requireProject = ({ repository: { project } }: InRepositoryExchange, org: string, team?: string): void => {
  if (org.replace(/^@/, '') === project) return
  const instead = team === undefined ? project : `${project}:${team}`
  throw new DomainError('not-found', `Teams are groups here, and the organisation is the project: say ${instead}.`)
}

/** Who is in which group is for managers of the system, as with the commands; a refusal is counted. */
const requireToManageSystem = (exchange: InRepositoryExchange): void => {
  const principal = requirePrincipal(exchange)
  if (!allows(principal, 'manage', {})) exchange.gateway.denied(principal, 'manage', {})
  authorise(principal, 'manage', {})
}

/** `npm team ls <project>`: groups that have members or roles. */
export const readTeams: Operation<'org-teams', InRepositoryExchange> = async (exchange, { org }) => {
  requireProject(exchange, org)
  requireToManageSystem(exchange)
  const groups = await listGroups(exchange.gateway.sql)
  return sendJson(
    exchange.reply,
    groups.map((group) => `${exchange.repository.project}:${group}`),
  )
}

/** `npm team create`. */
export const makeTeam: Operation<'org-teams', InRepositoryExchange> = async (exchange, { org }) => {
  const { gateway, reply, request, principal } = exchange
  requireProject(exchange, org)
  const group = await readText(exchange, 'name')
  const { position } = await gateway.run(createGroup, { group }, npmCaller(exchange))
  recordCommand(gateway, request, principal, createGroup.name)
  return sendJson(reply.code(201).header(POSITION_HEADER, position), { name: group })
}

/** `npm team destroy`. */
export const removeTeam: Operation<'team', InRepositoryExchange> = async () => {
  throw new DomainError('unsupported', 'A group is not removed; take its members out, or its roles away.')
}

/** `npm team ls <project:team>`. */
export const readTeamUsers: Operation<'team-users', InRepositoryExchange> = async (exchange, { org, team }) => {
  const { gateway, reply } = exchange
  requireProject(exchange, org, team)
  requireToManageSystem(exchange)
  const ids = await membersOf(gateway.sql, team)
  const logins = await gateway.vault.accounts.logins(ids)
  return sendJson(reply, [...logins.values()].sort())
}

const changeMembers =
  (command: typeof addGroupMember): Operation<'team-users', InRepositoryExchange> =>
  async (exchange, { org, team }) => {
    const { gateway, reply, request, principal } = exchange
    requireProject(exchange, org, team)
    const account = await readText(exchange, 'user')
    const { position } = await gateway.run(command, { group: team, account }, npmCaller(exchange))
    recordCommand(gateway, request, principal, command.name)
    return sendJson(reply.header(POSITION_HEADER, position), { ok: true })
  }

/** `npm team add` and `npm team rm`. */
export const addTeamUser = changeMembers(addGroupMember)
export const removeTeamUser = changeMembers(removeGroupMember)

/** `npm access list packages <project:team>`. */
export const readTeamPackages: Operation<'team-packages', InRepositoryExchange> = async (exchange, { org, team }) => {
  const { gateway, repository, reply } = exchange
  requireProject(exchange, org, team)
  requireAction(gateway, repository, 'manage')
  const all = [...(await listGrants(gateway.sql)), ...(await listGrants(gateway.sql, repository.project))]
  const grants: Grant[] = all.filter(({ subject }) => subject.kind === 'group' && subject.id === team)
  return sendJson(reply, await packagesFor(exchange, { accountId: team, kind: 'human', via: 'password', grants }))
}

const ROLE_OF: Readonly<Record<string, Role>> = { 'read-only': 'viewer', 'read-write': 'developer' }

/** The role of the group on exactly this package, which is all that npm can give and take. */
const changeRole = async (
  exchange: InRepositoryExchange,
  command: typeof grantRole,
  grant: { readonly role: Role; readonly group: string; readonly package: string },
): Promise<void> => {
  const { gateway, repository, request, reply, principal } = exchange
  if (grant.package.includes('*')) throw new DomainError('invalid-input', `${grant.package} is no name of a package.`)
  const scope = `${repository.project}/${repository.repository}:${grant.package}`
  const { position } = await gateway.run(command, { role: grant.role, group: grant.group, scope }, npmCaller(exchange))
  recordCommand(gateway, request, principal, command.name)
  void reply.header(POSITION_HEADER, position)
}

/** `npm access grant <read-only|read-write> <project:team> <package>`; a team has one of the two. */
export const grantToTeam: Operation<'team-packages', InRepositoryExchange> = async (exchange, { org, team }) => {
  requireProject(exchange, org, team)
  requirePresent(exchange.repository)
  const body = await readJson(exchange.request)
  const [name, permissions] = isJsonObject(body)
    ? [stringMember(body, 'package'), stringMember(body, 'permissions')]
    : []
  const role = ROLE_OF[permissions ?? '']
  if (name === undefined || role === undefined)
    throw new DomainError('invalid-input', 'The body must hold a package and permissions read-only or read-write.')
  const [given, taken] = role === 'viewer' ? (['viewer', 'developer'] as const) : (['developer', 'viewer'] as const)
  await changeRole(exchange, grantRole, { role: given, group: team, package: name })
  await changeRole(exchange, revokeRole, { role: taken, group: team, package: name })
  return sendJson(exchange.reply, { ok: true })
}

/** `npm access revoke <project:team> <package>`. */
export const revokeFromTeam: Operation<'team-packages', InRepositoryExchange> = async (exchange, { org, team }) => {
  requireProject(exchange, org, team)
  requirePresent(exchange.repository)
  const name = await readText(exchange, 'package')
  for (const role of ['viewer', 'developer'] as const)
    await changeRole(exchange, revokeRole, { role, group: team, package: name })
  return sendJson(exchange.reply, { ok: true })
}

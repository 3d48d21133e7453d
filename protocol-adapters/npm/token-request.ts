import type { Action } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { instantOf } from '../../platform/clock.ts'
import { isJsonObject, member, stringMember, type JsonObject } from './json-object.ts'

/** Input of CreateToken, from what npm sends. */
export interface TokenRequest {
  readonly name: string
  readonly password: string
  readonly actions?: Action[]
  readonly scopes?: string[]
  readonly cidrs?: string[]
  readonly expiresAt?: string
}

/** Where the token is made: what it is limited to is named within. */
export interface TokenPlace {
  readonly project: string
  readonly repository: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

const DAY = 86_400_000
const LONGEST_NAME = 200

const refuse = (detail: string): never => {
  throw new DomainError('invalid-input', detail)
}

const list = (body: JsonObject, key: string): readonly string[] => {
  const value = member(body, key) ?? []
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string'))
    return refuse(`${key} must be a list of texts.`)
  return value as string[]
}

const nameOf = (body: JsonObject, now: number): string => {
  const name = stringMember(body, 'name') ?? `npm token, ${instantOf({ now: () => now }).slice(0, 10)}`
  const description = stringMember(body, 'description')
  return (description === undefined ? name : `${name}: ${description}`).slice(0, LONGEST_NAME)
}

/** Packages by name, npm scopes (`@acme`, with or without the sign) as all names in them, or the whole repository. */
const scopesOf = (body: JsonObject, { project, repository }: TokenPlace): string[] => {
  const here = `${project}/${repository}`
  if (member(body, 'packages_all') === true) return [here]
  const packages = list(body, 'packages')
  const wild = packages.find((name) => name.includes('*'))
  if (wild !== undefined) refuse(`packages has ${wild}, which is no name of a package.`)
  const scopes = list(body, 'scopes').map((scope) => `@${scope.replace(/^@/, '').replace(/\/\*?$/, '')}/*`)
  return [...packages, ...scopes].map((pattern) => `${here}:${pattern}`)
}

const PERMISSIONS: Readonly<Record<string, Action[]>> = {
  'read-only': ['read'],
  'read-write': ['read', 'write', 'delete'],
}

/** A token for some packages that says nothing of writing only reads; one for everything is as wide as its account. */
const actionsOf = (body: JsonObject, limited: boolean): Action[] | undefined => {
  if (member(body, 'readonly') === true) return PERMISSIONS['read-only']
  const permission = stringMember(body, 'packages_and_scopes_permission')
  if (permission === undefined) return limited ? PERMISSIONS['read-only'] : undefined
  return PERMISSIONS[permission] ?? refuse(`A token with the permission ${permission} could do nothing here.`)
}

const refuseOrganisations = (body: JsonObject): void => {
  const permission = stringMember(body, 'orgs_permission') ?? 'no-access'
  if (list(body, 'orgs').length > 0 || permission !== 'no-access')
    throw new DomainError(
      'unsupported',
      'There are no organisations here that a token could be for; name packages or scopes.',
    )
}

const expiryOf = (body: JsonObject, now: number): string | undefined => {
  const days = member(body, 'expires')
  if (days === undefined || days === null) return undefined
  if (typeof days !== 'number' || !Number.isSafeInteger(days) || days < 1 || days > 36_500)
    return refuse('expires must be a number of days.')
  return instantOf({ now: () => now + days * DAY })
}

/**
 * The body of `POST /-/npm/v1/tokens`, in both forms: `{ password, readonly, cidr_whitelist }` of npm up to 11.5, and that of
 * granular tokens since (npm's lib/commands/token.js). `bypass_2fa` asks for what is so: there are no second factors.
 * @throws {DomainError} `invalid-input` | `unsupported`
 */
export const tokenRequestOf = (body: unknown, place: TokenPlace): TokenRequest => {
  if (!isJsonObject(body)) return refuse('The body must be an object with a password.')
  const password = stringMember(body, 'password') ?? refuse('The body must hold your password.')
  refuseOrganisations(body)
  const scopes = scopesOf(body, place)
  const actions = actionsOf(body, scopes.length > 0)
  const cidrs = list(body, 'cidr_whitelist')
  const expiresAt = expiryOf(body, place.now)
  return {
    name: nameOf(body, place.now),
    password,
    ...(actions === undefined ? {} : { actions: [...actions] }),
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(cidrs.length === 0 ? {} : { cidrs: [...cidrs] }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

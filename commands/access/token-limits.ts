import type { Action } from '../../domain/access/authorise.ts'
import { scopeWithin, type Scope } from '../../domain/access/scope.ts'
import { DomainError } from '../../domain/errors.ts'
import { parseCidr } from '../../platform/config/cidr.ts'

/** What narrows a token; absent fields do not limit. */
export interface TokenLimits {
  /** RFC 3339, UTC. */
  readonly expiresAt?: string
  readonly actions?: readonly Action[]
  readonly scopes?: readonly Scope[]
  readonly cidrs?: readonly string[]
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/

const refuse = (detail: string): never => {
  throw new DomainError('invalid-input', detail)
}

/** The instant with milliseconds; the calendar is checked, because `2026-02-30` would be read as a day of March. */
const instantFrom = (text: string): string => {
  const milliseconds = INSTANT.test(text) ? Date.parse(text) : NaN
  const instant = Number.isNaN(milliseconds) ? '' : new Date(milliseconds).toISOString()
  if (instant.slice(0, 10) !== text.slice(0, 10))
    return refuse(`expiresAt ${text} is not an instant like 2026-12-31T12:00:00Z.`)
  return instant
}

/**
 * The limits as asked, each checked by itself. `now`: milliseconds since the epoch.
 * @throws {DomainError} `invalid-input`
 */
export const checkedLimits = (asked: TokenLimits, now: number): TokenLimits => {
  const wrong = asked.cidrs?.find((range) => parseCidr(range) === undefined)
  if (wrong !== undefined) refuse(`cidrs has ${wrong}, which is no address and no range like 10.0.0.0/8.`)
  if (asked.expiresAt === undefined) return asked
  const expiresAt = instantFrom(asked.expiresAt)
  if (Date.parse(expiresAt) <= now) refuse(`expiresAt ${asked.expiresAt} has passed.`)
  return { ...asked, expiresAt }
}

const cidrWithin = (inner: string, outer: string): boolean => {
  const [a, b] = [parseCidr(inner), parseCidr(outer)]
  return a !== undefined && b !== undefined && a[0].kind() === b[0].kind() && a[1] >= b[1] && a[0].match(b[0], b[1])
}

const exceeds = (field: string): never => {
  throw new DomainError('forbidden', `The token you sign in with does not allow one with these ${field}.`)
}

/** What is given must lie within the parent's; what is left out is taken from it. */
const inherited = <T>(
  field: string,
  asked: readonly T[] | undefined,
  parent: readonly T[] | undefined,
  within: (one: T, other: T) => boolean,
): readonly T[] | undefined => {
  if (asked === undefined || parent === undefined) return asked ?? parent
  return asked.every((one) => parent.some((other) => within(one, other))) ? asked : exceeds(field)
}

/**
 * The limits of a token that is made with another one: never wider than its maker's, so that a narrow token cannot make itself
 * a wide one. The expiry of both has the form that `checkedLimits` gives.
 * @throws {DomainError} `forbidden`
 */
export const limitsWithin = (asked: TokenLimits, maker: TokenLimits): TokenLimits => {
  const actions = inherited('actions', asked.actions, maker.actions, (one, other) => one === other)
  const scopes = inherited('scopes', asked.scopes, maker.scopes, scopeWithin)
  const cidrs = inherited('cidrs', asked.cidrs, maker.cidrs, cidrWithin)
  const expiresAt = asked.expiresAt ?? maker.expiresAt
  if (expiresAt !== undefined && maker.expiresAt !== undefined && expiresAt > maker.expiresAt) exceeds('expiresAt')
  return {
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(actions === undefined ? {} : { actions }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(cidrs === undefined ? {} : { cidrs }),
  }
}

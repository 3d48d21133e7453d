import { takePackageName } from './package-name.ts'

/** A path below `/-/`, where the registry itself is spoken to. */
export type RegistryRoute =
  | { readonly kind: 'root' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'whoami' }
  | { readonly kind: 'search' }
  /** Every package at once; the search of clients before npm 5. */
  | { readonly kind: 'all' }
  /** Legacy login (PUT) and the look-up of a user (GET, by `npm owner`). */
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'user-rev'; readonly user: string; readonly rev: string }
  /** DELETE: logout. */
  | { readonly kind: 'user-token'; readonly token: string }
  | { readonly kind: 'web-login' }
  /** The page where a person confirms a web login. */
  | { readonly kind: 'web-login-page'; readonly session: string }
  /** Polled by the client until the login is confirmed; `session` is in the path or in the query. */
  | { readonly kind: 'web-login-done'; readonly session?: string }
  | { readonly kind: 'profile' }
  | { readonly kind: 'tokens' }
  | { readonly kind: 'token'; readonly key: string }
  | { readonly kind: 'keys' }
  | { readonly kind: 'audit'; readonly form: 'bulk' | 'full' | 'quick' }
  | { readonly kind: 'attestations'; readonly name: string; readonly version: string }
  | { readonly kind: 'oidc-exchange'; readonly name: string }
  | { readonly kind: 'starred' }
  /** By pnpm: one's own stars, a new one, one less; and those of others. */
  | { readonly kind: 'star' }
  | { readonly kind: 'user-stars'; readonly user: string }
  | { readonly kind: 'dist-tags'; readonly name: string }
  | { readonly kind: 'dist-tag'; readonly name: string; readonly tag: string }
  | { readonly kind: 'access' | 'collaborators' | 'visibility' | 'trust' | 'owners'; readonly name: string }
  | { readonly kind: 'owner'; readonly name: string; readonly user: string }
  | { readonly kind: 'trust-entry'; readonly name: string; readonly id: string }
  | { readonly kind: 'org-packages' | 'org-users' | 'org-teams'; readonly org: string }
  | { readonly kind: 'user-packages'; readonly user: string }
  | { readonly kind: 'team' | 'team-users' | 'team-packages'; readonly org: string; readonly team: string }
  | { readonly kind: 'stage' }
  | { readonly kind: 'stage-package'; readonly name: string }
  | { readonly kind: 'staged' | 'staged-approve' | 'staged-tarball'; readonly id: string }
  | { readonly kind: 'hooks' }
  | { readonly kind: 'hook'; readonly id?: string }

const COUCH_USER = 'org.couchdb.user:'

/** @param path the decoded segments after `/-/` */
export const registryRoute = (path: readonly string[]): RegistryRoute | undefined => {
  const fixed = FIXED[path.join('/')]
  if (fixed !== undefined) return fixed
  const [first, ...rest] = path
  switch (first) {
    case 'package':
      return aboutPackage(rest)
    case 'user':
      return aboutUser(rest)
    case 'org':
      return aboutOrg(rest)
    case 'team':
      return aboutTeam(rest)
    case 'stage':
      return staged(rest)
    case 'v1':
      return webLogin(rest)
    case 'npm':
      return rest[0] === 'v1' ? ofApi(rest.slice(1)) : undefined
    default:
      return undefined
  }
}

const FIXED: { readonly [path: string]: RegistryRoute | undefined } = Object.assign(
  Object.create(null) as Record<string, RegistryRoute>,
  {
    ping: { kind: 'ping' },
    whoami: { kind: 'whoami' },
    all: { kind: 'all' },
    stage: { kind: 'stage' },
    'v1/search': { kind: 'search' },
    'v1/login': { kind: 'web-login' },
    'v1/done': { kind: 'web-login-done' },
    'npm/v1/user': { kind: 'profile' },
    'npm/v1/tokens': { kind: 'tokens' },
    'npm/v1/keys': { kind: 'keys' },
    'npm/v1/hooks': { kind: 'hooks' },
    'npm/v1/hooks/hook': { kind: 'hook' },
    'npm/v1/security/advisories/bulk': { kind: 'audit', form: 'bulk' },
    'npm/v1/security/audits': { kind: 'audit', form: 'full' },
    'npm/v1/security/audits/quick': { kind: 'audit', form: 'quick' },
    '_view/starredByUser': { kind: 'starred' },
    'user/v1/star': { kind: 'star' },
  } satisfies Record<string, RegistryRoute>,
)

const aboutPackage = (path: readonly string[]): RegistryRoute | undefined => {
  const taken = takePackageName(path)
  if (taken === undefined) return undefined
  const { name, rest } = taken
  const [topic, entry] = rest
  if (rest.length === 1) {
    switch (topic) {
      case 'dist-tags':
      case 'access':
      case 'collaborators':
      case 'visibility':
      case 'owners':
      case 'trust':
        return { kind: topic, name }
      default:
        return undefined
    }
  } else if (rest.length === 2 && entry !== undefined) {
    if (topic === 'dist-tags') return { kind: 'dist-tag', name, tag: entry }
    if (topic === 'owners') return { kind: 'owner', name, user: entry }
    if (topic === 'trust') return { kind: 'trust-entry', name, id: entry }
  }
  return undefined
}

const aboutUser = (path: readonly string[]): RegistryRoute | undefined => {
  const [first = '', second, third] = path
  if (first.startsWith(COUCH_USER)) {
    const user = first.slice(COUCH_USER.length)
    if (user === '') return undefined
    if (path.length === 1) return { kind: 'user', user }
    return second === '-rev' && third !== undefined && path.length === 3
      ? { kind: 'user-rev', user, rev: third }
      : undefined
  }
  if (path.length !== 2 || second === undefined) return undefined
  if (first === 'token') return { kind: 'user-token', token: second }
  if (second === 'stars') return { kind: 'user-stars', user: first }
  return second === 'package' ? { kind: 'user-packages', user: first } : undefined
}

const aboutOrg = ([org, topic, ...rest]: readonly string[]): RegistryRoute | undefined => {
  if (org === undefined || rest.length > 0) return undefined
  if (topic === 'package') return { kind: 'org-packages', org }
  if (topic === 'user') return { kind: 'org-users', org }
  return topic === 'team' ? { kind: 'org-teams', org } : undefined
}

const aboutTeam = ([org, team, topic, ...rest]: readonly string[]): RegistryRoute | undefined => {
  if (org === undefined || team === undefined || rest.length > 0) return undefined
  if (topic === undefined) return { kind: 'team', org, team }
  if (topic === 'user') return { kind: 'team-users', org, team }
  return topic === 'package' ? { kind: 'team-packages', org, team } : undefined
}

const staged = (path: readonly string[]): RegistryRoute | undefined => {
  const [id, action] = path
  if (id === 'package') {
    const taken = takePackageName(path.slice(1))
    return taken?.rest.length === 0 ? { kind: 'stage-package', name: taken.name } : undefined
  }
  if (id === undefined || path.length > 2) return undefined
  if (action === undefined) return { kind: 'staged', id }
  if (action === 'approve') return { kind: 'staged-approve', id }
  return action === 'tarball' ? { kind: 'staged-tarball', id } : undefined
}

const webLogin = (path: readonly string[]): RegistryRoute | undefined => {
  const [first, session] = path
  if (session === undefined || path.length !== 2) return undefined
  if (first === 'login') return { kind: 'web-login-page', session }
  return first === 'done' ? { kind: 'web-login-done', session } : undefined
}

const ofApi = (path: readonly string[]): RegistryRoute | undefined => {
  const [first, ...rest] = path
  if (first === 'tokens')
    return rest[0] === 'token' && rest[1] && rest.length === 2 ? { kind: 'token', key: rest[1] } : undefined
  if (first === 'attestations') return attestations(rest)
  if (first === 'hooks')
    return rest[0] === 'hook' && rest[1] && rest.length === 2 ? { kind: 'hook', id: rest[1] } : undefined
  if (first !== 'oidc' || rest.slice(0, 3).join('/') !== 'token/exchange/package') return undefined
  const taken = takePackageName(rest.slice(3))
  return taken?.rest.length === 0 ? { kind: 'oidc-exchange', name: taken.name } : undefined
}

/** `@s/n@1.0.0`, with or without its slash encoded. */
const attestations = (path: readonly string[]): RegistryRoute | undefined => {
  const spec = path.join('/')
  const at = spec.lastIndexOf('@')
  const taken = takePackageName([spec.slice(0, at)])
  const version = spec.slice(at + 1)
  return at < 1 || taken === undefined || version === ''
    ? undefined
    : { kind: 'attestations', name: taken.name, version }
}

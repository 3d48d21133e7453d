import validate from 'validate-npm-package-name'

/**
 * Whether a package may be created under this name: the rules of npm's own client (lower case, at most 214 characters,
 * only letters, digits, `-`, `_`, `.`, no name of a Node module). Older names stay readable, see `isPackageName`.
 */
export const isNewPackageName = (name: string): boolean => isPackageName(name) && validate(name).validForNewPackages

/** Whether a package could ever have had this name on the public registry: `JSONStream`, `@scope/name`, `http`. */
export const isPackageName = (name: string): boolean =>
  name.length <= LONGEST && (PLAIN.test(name) || (validate(name).validForOldPackages && !name.startsWith('@.')))

/** The sentences that say why a package cannot be created under this name; empty when it can. */
export const problemsOfPackageName = (name: string): readonly string[] => {
  const { errors = [], warnings = [] } = validate(name.slice(0, LONGEST)) as { errors?: string[]; warnings?: string[] }
  return name.startsWith('@.') ? ['scope cannot start with a period'] : [...errors, ...warnings]
}

/** `n` of `@s/n`, and of `n`: the name that tarballs and single programs go by. */
export const baseName = (name: string): string => name.slice(name.indexOf('/') + 1)

/** Splits a raw path at its slashes and decodes each part once; undefined when a part is no part of any npm path. */
export const segmentsOf = (path: string): readonly string[] | undefined => {
  const segments: string[] = []
  for (const raw of path.replace(/^\/+/, '').replace(/\/$/, '').split('/')) {
    const segment = decoded(raw)
    if (segment === undefined || segment === '' || segment === '.' || segment === '..' || NEVER.test(segment)) {
      return undefined
    }
    segments.push(segment)
  }
  return segments
}

/**
 * Takes the package name off the front of decoded segments. A scoped name arrives as `@s%2fn` (the npm client), as `@s/n`
 * (others, and proxies that decode) or as `@s%252fn` (proxies that encode twice: no name holds a percent sign, so nothing
 * else can be meant); all three are one package.
 */
export const takePackageName = (
  segments: readonly string[],
): { readonly name: string; readonly rest: readonly string[] } | undefined => {
  const [first = '', second = ''] = segments
  if (!first.startsWith('@')) return named(first, segments.slice(1))
  if (first.includes('/') || first.includes('%')) return named(first.replace(/%2f/i, '/'), segments.slice(1))
  return named(`${first}/${second}`, segments.slice(2))
}

/** What nearly every name looks like; these are looked at with every request. */
const PLAIN = /^(?!node_modules$|favicon\.ico$)(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/

/** npm's limit is 214; nothing older than that limit comes near this. */
const LONGEST = 512

const NEVER = /[\u0000-\u001f\u007f\\?#]/

const named = (name: string, rest: readonly string[]) => (isPackageName(name) ? { name, rest } : undefined)

const decoded = (segment: string): string | undefined => {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined // not UTF-8: no client writes such a path
  }
}

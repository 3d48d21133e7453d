import { segmentsOf, takePackageName } from './package-name.ts'
import { registryRoute, type RegistryRoute } from './registry-route.ts'
import { versionOfTarball } from './tarball-file.ts'

/** A path below `/{package}`. */
export type PackageRoute =
  /** GET the packument; PUT a publish, a deprecation, a star, an owner. */
  | { readonly kind: 'packument'; readonly name: string }
  /** PUT a packument without some versions; DELETE the package. */
  | { readonly kind: 'packument-rev'; readonly name: string; readonly rev: string }
  /** One version's manifest, by version, tag or range. */
  | { readonly kind: 'manifest'; readonly name: string; readonly selector: string }
  | { readonly kind: 'tarball'; readonly name: string; readonly version: string }
  /** DELETE the tarball of a version that was unpublished. */
  | { readonly kind: 'tarball-rev'; readonly name: string; readonly version: string; readonly rev: string }

export type NpmRoute = PackageRoute | RegistryRoute

/**
 * What a request path below the registry's root asks for, whatever the method. The path is the raw one, still encoded,
 * without its query; undefined for what no npm client ever asked (to be answered 404).
 * https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md and the sources of npm 11, pnpm 11, yarn 1 and 4.
 */
export const routeOf = (path: string): NpmRoute | undefined => {
  if (path === '' || path === '/') return { kind: 'root' }
  const segments = segmentsOf(path)
  if (segments === undefined) return undefined
  if (segments[0] === '-') return registryRoute(segments.slice(1))
  const taken = takePackageName(segments)
  return taken && packageRoute(taken.name, taken.rest)
}

const packageRoute = (name: string, rest: readonly string[]): PackageRoute | undefined => {
  const [first, second] = rest
  if (first === undefined) return { kind: 'packument', name }
  if (first === '-rev')
    return second === undefined || rest.length > 2 ? undefined : { kind: 'packument-rev', name, rev: second }
  if (first !== '-') return rest.length === 1 ? { kind: 'manifest', name, selector: first } : undefined
  return tarballRoute(name, rest.slice(1))
}

const tarballRoute = (name: string, rest: readonly string[]): PackageRoute | undefined => {
  const ofScope = rest[0]?.startsWith('@') === true && !rest[0].includes('/')
  const [file = '', marker, rev] = ofScope ? [rest.slice(0, 2).join('/'), ...rest.slice(2)] : rest
  const length = ofScope ? rest.length - 1 : rest.length
  const version = versionOfTarball(name, file)
  if (version === undefined) return undefined
  if (length === 1) return { kind: 'tarball', name, version }
  return marker === '-rev' && rev !== undefined && length === 3
    ? { kind: 'tarball-rev', name, version, rev }
    : undefined
}

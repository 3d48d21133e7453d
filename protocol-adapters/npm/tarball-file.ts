import semver from 'semver'
import { baseName } from './package-name.ts'

/** The file name of a version's tarball on the public registry and here: `n-1.0.0.tgz`, for `@s/n` as for `n`. */
export const tarballFile = (name: string, version: string): string => `${baseName(name)}-${version}.tgz`

/** Below the registry's root, starting with a slash: `/@s/n/-/n-1.0.0.tgz`. */
export const tarballPath = (name: string, version: string): string => `/${name}/-/${tarballFile(name, version)}`

/**
 * The version that a tarball's file name stands for. The npm client writes the scope into it when it publishes
 * (`@s/n-1.0.0.tgz`), readers leave it out. Undefined for a file that no version of this package can have.
 */
export const versionOfTarball = (name: string, file: string): string | undefined => {
  const plain = file.startsWith(`${name}-`) ? file.slice(name.length - baseName(name).length) : file
  const prefix = `${baseName(name)}-`
  if (!plain.startsWith(prefix) || !plain.endsWith('.tgz')) return undefined
  const version = plain.slice(prefix.length, -'.tgz'.length)
  return semver.valid(version, { loose: true }) === null ? undefined : version
}

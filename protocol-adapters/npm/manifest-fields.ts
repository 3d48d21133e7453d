import { baseName } from './package-name.ts'
import { isJsonObject, member, type JsonObject } from './json-object.ts'
import { PublishError } from './publish-error.ts'

/** Fields of the abbreviated form, in its order, after name and version: what the npm client needs to install. */
export const ABBREVIATED = [
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'bundleDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'acceptDependencies',
  'bin',
  'directories',
  'engines',
  'os',
  'cpu',
  'libc',
  'funding',
  'hasInstallScript',
  '_hasShrinkwrap',
] as const

/** Fields that the latest version lends to the packument itself. */
export const HOISTED = [
  'description',
  'homepage',
  'keywords',
  'repository',
  'author',
  'contributors',
  'bugs',
  'license',
  'readmeFilename',
] as const

const DEPENDENCIES = [
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'peerDependencies',
  'acceptDependencies',
]

/**
 * Not kept: what the registry itself states (digests, deprecation, who published and who maintains), the readme, which is
 * kept once and not per version, and bookkeeping of the client, which begins with an underscore and holds, when a tarball
 * is published, a path on the publisher's machine (`_resolved`).
 */
const DROPPED = new Set(['dist', 'deprecated', 'maintainers', 'users', 'readme', 'readmeFilename', '__proto__'])
const KEPT_UNDERSCORED = new Set(['_nodeVersion', '_npmVersion', '_hasShrinkwrap'])

/** The manifest as it is kept: checked, stripped, and in the one form for what may be written in two ways. */
export const keptManifest = (name: string, manifest: JsonObject): Record<string, unknown> => {
  const kept = Object.fromEntries(
    Object.entries(manifest).filter(
      ([key, value]) => !DROPPED.has(key) && value !== null && (!key.startsWith('_') || isKept(key, value)),
    ),
  )
  for (const field of DEPENDENCIES) checkDependencies(kept, field)
  if (typeof kept.bin === 'string') kept.bin = { [baseName(name)]: kept.bin }
  if (kept.bundledDependencies !== undefined) {
    kept.bundleDependencies ??= kept.bundledDependencies
    delete kept.bundledDependencies
  }
  if (hasInstallScript(kept)) kept.hasInstallScript = true
  else delete kept.hasInstallScript
  return kept
}

const isKept = (key: string, value: unknown): boolean =>
  KEPT_UNDERSCORED.has(key) && typeof value === (key === '_hasShrinkwrap' ? 'boolean' : 'string')

/** One range that is no string makes the npm client fail on every version of the package. */
const checkDependencies = (manifest: JsonObject, field: string): void => {
  const value = manifest[field]
  if (value === undefined) return
  if (!isJsonObject(value) || Object.values(value).some((range) => typeof range !== 'string')) {
    throw new PublishError('invalid-manifest', field)
  }
}

/** A binding.gyp beside the manifest (`gypfile`) is built on install even where no script says so. */
const hasInstallScript = (manifest: JsonObject): boolean => {
  const scripts = manifest.scripts
  const named =
    isJsonObject(scripts) && ['preinstall', 'install', 'postinstall'].some((name) => !!member(scripts, name))
  return named || manifest.gypfile === true
}

/** Nothing to say: the abbreviated form leaves such fields out, as the public registry does. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && (value === null || Object.keys(value).length === 0))

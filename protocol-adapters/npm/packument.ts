import { createHash } from 'node:crypto'
import { attestationsPath } from './attestations-path.ts'
import { effectiveTags } from './effective-tags.ts'
import type { Fragment } from './manifest-fragment.ts'

export interface PackumentVersion {
  readonly version: string
  /** Of the form that is rendered. */
  readonly fragment: Fragment
  /** Absent when the version is not deprecated. */
  readonly deprecated?: string | undefined
  /** Login of who published it; only the full form names it. */
  readonly publisher?: string | undefined
  /** Predicate type of the provenance that came with it, which is served below `base`, see `attestationsPath`. */
  readonly provenance?: string | undefined
  /** Below `base`, see `tarballPath`. */
  readonly tarballPath: string
  /** RFC 3339. */
  readonly time: string
}

export interface PackumentInput {
  readonly form: 'full' | 'abbreviated'
  readonly name: string
  /** Changes with every change of the package; npm sends it back with unpublish and owner changes. */
  readonly rev: string
  readonly distTags: Readonly<Record<string, string>>
  /** In the order of publishing. */
  readonly versions: readonly PackumentVersion[]
  /** RFC 3339. */
  readonly time: { readonly created: string; readonly modified: string }
  /** URL of the registry's root as this caller sees it, without a slash at the end. */
  readonly base: string
  /** `hoisted` of the version that `effectiveTags` calls latest. Full form only, as all below. */
  readonly hoisted?: string
  readonly readme?: { readonly text: string; readonly digest: string } | undefined
  /** Logins. */
  readonly maintainers?: readonly string[]
  /** Logins of who starred the package. */
  readonly users?: readonly string[]
}

/** A part of the ETag: raise it when the same input is rendered to other bytes. */
const RENDERING = 2

const PIECE = 64 * 1024

/**
 * The strong ETag (RFC 9110 section 8.8.3) of what `renderPackument` makes of this input, from the digests of the
 * fragments and the rest of the input: it costs nothing near a rendering, so that 304 is answered without one.
 */
export const packumentEtag = (input: PackumentInput): string => {
  const { form, base, name, rev, distTags, time, versions } = input
  const hash = createHash('sha256')
  hash.update(JSON.stringify([RENDERING, form, base, name, rev, distTags, time]))
  for (const { version, fragment, deprecated, publisher, provenance, tarballPath, time } of versions) {
    hash.update(JSON.stringify([version, fragment.digest, deprecated, publisher, tarballPath, time]))
    if (provenance !== undefined) hash.update(provenance)
  }
  if (form === 'full') {
    hash.update(JSON.stringify([input.hoisted, input.readme?.digest, input.maintainers, input.users]))
  }
  return `"${hash.digest('base64url').slice(0, 32)}"`
}

/** What the head of a fragment ends with: `dist` gets what it has more before it. */
const LAST_OF_DIST = '"tarball":"'

const withProvenance = (head: string, url: string, predicateType: string): string => {
  const attestations = json({ url, provenance: { predicateType } })
  return `${head.slice(0, -LAST_OF_DIST.length)}"attestations":${attestations},${LAST_OF_DIST}`
}

/** The JSON text of one version. */
export const manifestText = (
  { version, fragment, deprecated, publisher, provenance, tarballPath }: Omit<PackumentVersion, 'time'>,
  { form, name, base }: Pick<PackumentInput, 'form' | 'name' | 'base'>,
): string => {
  const head =
    provenance === undefined
      ? fragment.head
      : withProvenance(fragment.head, base + attestationsPath(name, version), provenance)
  const message = deprecated === undefined ? '' : `,"deprecated":${json(deprecated)}`
  const user = form === 'abbreviated' || publisher === undefined ? '' : `,"_npmUser":{"name":${json(publisher)}}`
  return `${head}${json(base + tarballPath).slice(1, -1)}${fragment.tail}${message}${user}}`
}

/** The packument as bytes, by concatenation of what was prepared when each version was published. */
export const renderPackument = (input: PackumentInput): Buffer[] => {
  const pieces: Buffer[] = []
  let text = ''
  const add = (more: string): void => {
    text += more
    if (text.length < PIECE) return
    pieces.push(Buffer.from(text))
    text = ''
  }
  const full = input.form === 'full'
  add(full ? `{"_id":${json(input.name)},"_rev":${json(input.rev)},"name":` : '{"name":')
  add(`${json(input.name)},"dist-tags":${json(effectiveTags(input.distTags, versionsOf(input)))}`)
  add(full ? fullMembers(input) : `,"modified":${json(input.time.modified)}`)
  let separator = ',"versions":{'
  for (const version of input.versions) {
    add(`${separator}${json(version.version)}:`)
    add(manifestText(version, input))
    separator = ','
  }
  add(input.versions.length === 0 ? ',"versions":{}}' : '}}')
  pieces.push(Buffer.from(text))
  return pieces
}

const versionsOf = (input: PackumentInput): string[] => input.versions.map(({ version }) => version)

const fullMembers = ({ hoisted, maintainers, readme, time, users, versions }: PackumentInput): string => {
  const times = versions.map(({ version, time }) => `,${json(version)}:${json(time)}`).join('')
  const members = [`"time":{"created":${json(time.created)},"modified":${json(time.modified)}${times}}`]
  if (hoisted) members.push(hoisted)
  // npm prints the mail address of an owner, or `undefined`
  if (maintainers) members.push(`"maintainers":${json(maintainers.map((name) => ({ name, email: '' })))}`)
  if (users && users.length > 0) members.push(`"users":${json(Object.fromEntries(users.map((user) => [user, true])))}`)
  if (readme) members.push(`"readme":${json(readme.text)}`)
  return members.map((member) => `,${member}`).join('')
}

const json = (value: unknown): string => JSON.stringify(value)

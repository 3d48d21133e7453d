import { createHash } from 'node:crypto'
import type { Digests } from '../../platform/blob-store/blob-store.ts'
import { isJsonObject, member, stringMember, type JsonObject } from './json-object.ts'
import { ABBREVIATED, HOISTED, isEmpty, keptManifest } from './manifest-fields.ts'
import { PublishError } from './publish-error.ts'

/**
 * One version's manifest as JSON text with two places left open, so that a packument is rendered by concatenation only:
 * `head` + the tarball's URL + `tail` + further members, each led by a comma + `}`.
 */
export interface Fragment {
  /** Up to and including `"tarball":"`. */
  readonly head: string
  /** From the closing quote on, without the last brace. */
  readonly tail: string
  /** SHA-256 of both in hex: what a packument's ETag is made of. */
  readonly digest: string
}

/** What is known of a version's files, by whoever looked into the tarball. */
export interface TarballContents {
  readonly fileCount?: number
  /** Bytes. */
  readonly unpackedSize?: number
  /** Whether there is a npm-shrinkwrap.json, which the installing client must then read. */
  readonly hasShrinkwrap?: boolean
}

export interface ManifestInput {
  readonly name: string
  readonly version: string
  /** As the client sent it. */
  readonly manifest: JsonObject
  /** Of the tarball as received, in hex. */
  readonly digests: Pick<Digests, 'sha1' | 'sha512'>
  readonly contents?: TarballContents
}

export interface ManifestFragments {
  readonly full: Fragment
  readonly abbreviated: Fragment
  /** Members that the packument takes from its latest version, as JSON text without braces; may be empty. */
  readonly hoisted: string
  /** A message that the publisher wrote into the manifest: the version is deprecated from the start. */
  readonly deprecated: string | undefined
}

/**
 * Makes what is kept of a version's manifest, once, when it is published. The result is a function of the input: the same
 * publish gives the same bytes.
 * Fields: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md, with those that the npm client
 * has learnt to read since (peerDependenciesMeta, os, cpu, libc, funding, hasInstallScript).
 * @throws {PublishError} `name-mismatch` | `version-mismatch` | `invalid-manifest` | `integrity-mismatch`
 */
export const manifestFragments = (input: ManifestInput): ManifestFragments => {
  const { name, version, manifest } = input
  if (member(manifest, 'name') !== name) throw new PublishError('name-mismatch', 'manifest')
  if (member(manifest, 'version') !== version) throw new PublishError('version-mismatch', version)
  checkIntegrity(input)
  const stated = keptManifest(name, manifest)
  const kept = { ...stated, ...shrinkwrap(stated, input.contents) }
  const readmeFilename = stringMember(manifest, 'readmeFilename')
  const deprecated = stringMember(manifest, 'deprecated')
  const dist = distOf(input)
  return {
    full: fragmentOf({ ...kept, _id: `${name}@${version}` }, dist),
    abbreviated: fragmentOf({ name, version, ...chosen(kept, ABBREVIATED) }, dist),
    hoisted: JSON.stringify(chosen({ ...kept, readmeFilename }, HOISTED)).slice(1, -1),
    deprecated: deprecated === '' ? undefined : deprecated,
  }
}

/** Said where there is one, or where the client said otherwise. */
const shrinkwrap = (stated: JsonObject, { hasShrinkwrap }: TarballContents = {}): JsonObject =>
  hasShrinkwrap === undefined || hasShrinkwrap === (stated._hasShrinkwrap ?? false)
    ? {}
    : { _hasShrinkwrap: hasShrinkwrap }

const chosen = (manifest: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(fields.flatMap((field) => (isEmpty(manifest[field]) ? [] : [[field, manifest[field]] as const])))

const distOf = ({ digests, manifest, contents = {} }: ManifestInput): JsonObject => {
  const sent = member(manifest, 'dist')
  const { fileCount, unpackedSize } = { ...(isJsonObject(sent) ? sent : {}), ...contents }
  return {
    integrity: `sha512-${base64(digests.sha512)}`,
    shasum: digests.sha1,
    ...(isCount(fileCount) ? { fileCount } : {}),
    ...(isCount(unpackedSize) ? { unpackedSize } : {}),
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

/** `dist` comes last and `tarball` last in it, so that both open places lie at the very end. */
const fragmentOf = (members: JsonObject, dist: JsonObject): Fragment => {
  const text = JSON.stringify({ ...members, dist: { ...dist, tarball: '' } })
  const head = text.slice(0, -'"}}'.length)
  const tail = '"}'
  return { head, tail, digest: createHash('sha256').update(head).update(tail).digest('hex') }
}

/** The client computed its digests before it sent the tarball: when they differ, it was damaged on its way. */
const checkIntegrity = ({ manifest, digests }: ManifestInput): void => {
  const dist = member(manifest, 'dist')
  if (!isJsonObject(dist)) return
  const shasum = stringMember(dist, 'shasum')
  if (shasum !== undefined && shasum.toLowerCase() !== digests.sha1)
    throw new PublishError('integrity-mismatch', 'shasum')
  const stated = (stringMember(dist, 'integrity') ?? '').split(/\s+/).map((entry) => entry.split('?')[0] ?? '')
  for (const [algorithm, hex] of [
    ['sha512', digests.sha512],
    ['sha1', digests.sha1],
  ] as const) {
    const entries = stated.filter((entry) => entry.startsWith(`${algorithm}-`))
    if (entries.length > 0 && !entries.includes(`${algorithm}-${base64(hex)}`)) {
      throw new PublishError('integrity-mismatch', algorithm)
    }
  }
}

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

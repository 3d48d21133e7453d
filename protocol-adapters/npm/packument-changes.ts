import { isJsonObject, member, type JsonObject } from './json-object.ts'
import { PublishError } from './publish-error.ts'
import { isTagName } from './tag-name.ts'

/** The package as it stands, in the terms of a packument. */
export interface HeldPackument {
  readonly name: string
  readonly rev: string
  /** Every version, with its deprecation message if it has one. */
  readonly versions: ReadonlyMap<string, string | undefined>
  /** Tags as they were rendered, see `effectiveTags`. */
  readonly shownTags: Readonly<Record<string, string>>
  /** Logins, as they were rendered. */
  readonly maintainers: readonly string[]
}

export type PackumentChange =
  | { readonly kind: 'deprecate'; readonly version: string; readonly message: string }
  | { readonly kind: 'undeprecate' | 'delete-version'; readonly version: string }
  | { readonly kind: 'set-tag'; readonly tag: string; readonly version: string }
  | { readonly kind: 'remove-tag'; readonly tag: string }
  | { readonly kind: 'add-maintainer' | 'remove-maintainer'; readonly login: string }
  | { readonly kind: 'star' | 'unstar' }
  | { readonly kind: 'unsupported'; readonly reason: UnsupportedChange; readonly detail: string }

export type UnsupportedChange =
  /** A version that the registry does not hold, without the tarball that would make it a publish. */
  | 'version-without-tarball'
  /** A tag that no client could reach, or that points to a version that is not there. */
  | 'impossible-tag'
  /** A deprecation that is no text. */
  | 'message-not-text'

export type ChangeRequest = {
  /** `packument-rev` is the form that may take things away: what the document lacks is to be removed. */
  readonly via: 'packument' | 'packument-rev'
  /** From the path of `packument-rev`. */
  readonly rev?: string
  /** Login of who sends it. */
  readonly by: string
  readonly document: JsonObject
}

/**
 * What a client means by sending a packument back without attachments. npm has no request for these changes: it reads the
 * whole document, alters it and puts it back, so that the difference is the request.
 * - `npm deprecate`: PUT /{package}, messages in `versions`; an empty one takes the deprecation back.
 * - `npm unpublish pkg@version`: PUT /{package}/-rev/{rev} without the version and its tags, `latest` moved.
 * - `npm owner`: PUT /{package}/-rev/{rev} with nothing but `maintainers`.
 * - `npm star`: PUT /{package} with nothing but `users`, of which only the sender's own entry means anything.
 * Other edits (a manifest is immutable) are overlooked. `stale` when the document was read before the last change: to
 * apply it would undo that change, so it is to be answered with 409.
 * @throws {PublishError} `name-mismatch`
 */
export const packumentChanges = (held: HeldPackument, request: ChangeRequest): readonly PackumentChange[] | 'stale' => {
  const { document } = request
  for (const key of ['_id', 'name']) {
    if ((member(document, key) ?? held.name) !== held.name) throw new PublishError('name-mismatch', key)
  }
  const revs = [request.rev, member(document, '_rev')].filter((rev) => rev !== undefined)
  if (revs.some((rev) => rev !== held.rev)) return 'stale'
  const removes = request.via === 'packument-rev'
  const versions = objectMember(document, 'versions')
  const deleted = new Set(
    versions && removes ? [...held.versions.keys()].filter((each) => !Object.hasOwn(versions, each)) : [],
  )
  return [
    ...(versions ? deprecations(held, versions) : []),
    ...tagChanges(held, objectMember(document, 'dist-tags'), removes, deleted),
    ...[...deleted].map((version) => ({ kind: 'delete-version', version }) as const),
    ...maintainerChanges(held, member(document, 'maintainers')),
    ...(versions ? [] : starChanges(request.by, objectMember(document, 'users'))),
  ]
}

const deprecations = (held: HeldPackument, versions: JsonObject): PackumentChange[] =>
  Object.entries(versions).flatMap(([version, manifest]): PackumentChange[] => {
    if (!held.versions.has(version)) return [unsupported('version-without-tarball', version)]
    const before = held.versions.get(version)
    const message = (isJsonObject(manifest) ? member(manifest, 'deprecated') : undefined) ?? ''
    if (message === '' || message === false) return before === undefined ? [] : [{ kind: 'undeprecate', version }]
    if (typeof message !== 'string') return [unsupported('message-not-text', version)]
    return message === before ? [] : [{ kind: 'deprecate', version, message }]
  })

/** A tag that goes because its version goes is no change of its own. */
const tagChanges = (
  held: HeldPackument,
  tags: JsonObject | undefined,
  removes: boolean,
  deleted: ReadonlySet<string>,
): PackumentChange[] => {
  if (tags === undefined) return []
  const set = Object.entries(tags).flatMap(([tag, version]): PackumentChange[] => {
    if (Object.hasOwn(held.shownTags, tag) && held.shownTags[tag] === version) return []
    if (!isTagName(tag) || typeof version !== 'string' || !held.versions.has(version) || deleted.has(version)) {
      return [unsupported('impossible-tag', tag)]
    }
    return [{ kind: 'set-tag', tag, version }]
  })
  const removed = Object.entries(held.shownTags).filter(
    ([tag, version]) => removes && !Object.hasOwn(tags, tag) && !deleted.has(version),
  )
  return [...set, ...removed.map(([tag]) => ({ kind: 'remove-tag', tag }) as const)]
}

const maintainerChanges = (held: HeldPackument, maintainers: unknown): PackumentChange[] => {
  if (!Array.isArray(maintainers)) return []
  const wanted = (maintainers as unknown[]).flatMap((entry) => {
    const login = isJsonObject(entry) ? member(entry, 'name') : entry
    return typeof login === 'string' ? [login] : []
  })
  const before = held.maintainers
  return [
    ...wanted.filter((login) => !before.includes(login)).map((login) => ({ kind: 'add-maintainer', login }) as const),
    ...before
      .filter((login) => !wanted.includes(login))
      .map((login) => ({ kind: 'remove-maintainer', login }) as const),
  ]
}

/** Not by what was shown: of many stars only some are, and nobody stars for another. */
const starChanges = (by: string, users: JsonObject | undefined): PackumentChange[] =>
  users === undefined ? [] : [{ kind: member(users, by) === true ? 'star' : 'unstar' }]

const objectMember = (document: JsonObject, key: string): JsonObject | undefined => {
  const value = member(document, key)
  return isJsonObject(value) ? value : undefined
}

const unsupported = (reason: UnsupportedChange, detail: string): PackumentChange => ({
  kind: 'unsupported',
  reason,
  detail,
})

import { isJsonObject, member, stringMember, type JsonObject } from './json-object.ts'
import type { PublishBody, PublishedAttachment } from './publish-body.ts'
import { PublishError } from './publish-error.ts'
import { isTagName, isVersion } from './tag-name.ts'

/** What one publish asks for, taken out of its document. */
export interface Publication<T> {
  readonly name: string
  readonly version: string
  readonly manifest: JsonObject
  /** Tags that are to point to this version; none when the client sent none. */
  readonly tags: readonly string[]
  readonly readme: string | undefined
  readonly tarball: PublishedAttachment<T>
  /** The sigstore bundle of `npm publish --provenance`. */
  readonly provenance: PublishedAttachment<T> | undefined
}

/**
 * Reads a publish of exactly one version, which is what every client sends (libnpmpublish, yarn, pnpm, bun).
 * @param name the package that the request's path names
 * @throws {PublishError}
 */
export const publicationOf = <T>(name: string, { document, attachments }: PublishBody<T>): Publication<T> => {
  for (const key of ['_id', 'name']) {
    const stated = member(document, key)
    if (stated !== undefined && stated !== name) throw new PublishError('name-mismatch', key)
  }
  const [version, manifest] = onlyVersion(document)
  if (!isVersion(version)) throw new PublishError('invalid-version', version)
  return {
    name,
    version,
    manifest,
    tags: tagsOf(document, version),
    readme: stringMember(document, 'readme') ?? stringMember(manifest, 'readme'),
    tarball: onlyTarball(attachments),
    provenance: attachments.entries().find(([file]) => file.endsWith('.sigstore'))?.[1],
  }
}

const onlyVersion = (document: JsonObject): [string, JsonObject] => {
  const versions = member(document, 'versions')
  const [first, ...more] = isJsonObject(versions) ? Object.entries(versions) : []
  if (first === undefined) throw new PublishError('no-version', 'versions')
  if (more.length > 0)
    throw new PublishError('several-versions', [first, ...more].map(([version]) => version).join(', '))
  const [version, manifest] = first
  if (!isJsonObject(manifest)) throw new PublishError('invalid-manifest', 'versions')
  return [version, manifest]
}

const tagsOf = (document: JsonObject, version: string): string[] => {
  const tags = member(document, 'dist-tags') ?? {}
  if (!isJsonObject(tags)) throw new PublishError('invalid-tag', 'dist-tags')
  return Object.entries(tags).map(([tag, target]) => {
    if (!isTagName(tag)) throw new PublishError('invalid-tag', tag)
    if (target !== version) throw new PublishError('tag-mismatch', tag)
    return tag
  })
}

const onlyTarball = <T>(attachments: PublishBody<T>['attachments']): PublishedAttachment<T> => {
  const tarballs = [...attachments].filter(([file]) => file.endsWith('.tgz'))
  const [first] = tarballs
  if (first === undefined || tarballs.length > 1) {
    throw new PublishError('no-tarball', tarballs.map(([file]) => file).join(', ') || 'none')
  }
  return first[1]
}

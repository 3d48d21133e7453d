import { Type } from 'typebox'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, FORMATS, inRepository, OneOf, Optional, Sha256, type InRepository } from '../../names.ts'
import { streamName } from '../../stream-names.ts'

/** One stored file of a version; digests are lower-case hex. */
export const ArtifactFile = Closed({
  name: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  md5: Type.String(),
  sha1: Type.String(),
  sha256: Sha256,
  sha512: Type.String(),
})

/** What lists and searches show of a version, so that they need not open its manifest. */
export const About = Closed({
  description: Optional(Type.String({ maxLength: 512 })),
  keywords: Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 32 })),
  license: Optional(Type.String({ maxLength: 128 })),
})

export const inVersion = {
  ...inRepository,
  format: OneOf(FORMATS),
  package: Type.String({ minLength: 1, maxLength: 512 }),
  version: Type.String({ minLength: 1, maxLength: 256 }),
} as const

export const PackageVersionPublished = eventType(
  'PackageVersionPublished',
  'A version of a package was published, together with the tags that it took.',
  Closed({
    ...inVersion,
    files: Type.Array(ArtifactFile),
    manifest: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'sha256 of the stored metadata document' }),
    readme: Optional(Sha256),
    tags: Type.Array(Type.String()),
    about: Optional(About),
    deprecated: Optional(Type.String({ description: 'it was published as deprecated, with this message' })),
    replaces: Optional(
      Type.Boolean({ description: 'it took the place of the same version (repository with overwrite)' }),
    ),
  }),
)

export const PackageVersionDeprecated = eventType(
  'PackageVersionDeprecated',
  'A version was marked as deprecated, with a message for those who install it.',
  Closed({ ...inVersion, message: Type.String() }),
)

export const PackageVersionUndeprecated = eventType(
  'PackageVersionUndeprecated',
  'The deprecation of a version was taken back.',
  Closed(inVersion),
)

export const PackageVersionYanked = eventType(
  'PackageVersionYanked',
  'A version was withdrawn from resolution; those who name it exactly still get it.',
  Closed({ ...inVersion, reason: Type.String() }),
)

export const PackageVersionUnyanked = eventType(
  'PackageVersionUnyanked',
  'The yank of a version was taken back.',
  Closed(inVersion),
)

export const PackageVersionDeleted = eventType(
  'PackageVersionDeleted',
  'A version was removed (npm calls it unpublish). Its number is not given again.',
  Closed(inVersion),
)

export type PackageVersionEvent = EventOf<
  | typeof PackageVersionPublished
  | typeof PackageVersionDeprecated
  | typeof PackageVersionUndeprecated
  | typeof PackageVersionYanked
  | typeof PackageVersionUnyanked
  | typeof PackageVersionDeleted
>

export interface InVersion extends InRepository {
  readonly format: (typeof FORMATS)[number]
  readonly package: string
  readonly version: string
}

export const packageVersionStream = ({ repositoryId, package: name, version }: InVersion): string =>
  streamName('packageVersion', repositoryId, name, version)

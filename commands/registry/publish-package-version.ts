import { Type } from 'typebox'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Optional, Sha256 } from '../../domain/names.ts'
import { About, ArtifactFile, packageVersionStream } from '../../domain/registry/package-version/events.ts'
import { packageVersion } from '../../domain/registry/package-version/package-version.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onRepository, repositoryInput, requireRepository } from './in-repository.ts'

/**
 * Sent by a protocol adapter whose blobs are durable already. One event holds the version and the tags it takes, so that
 * both become visible together.
 */
export const publishPackageVersion = command({
  name: 'PublishPackageVersion',
  summary: 'Publishes a version of a package with its files, metadata and tags.',
  internal: true,
  input: Closed({
    ...repositoryInput,
    package: Type.String({ minLength: 1, maxLength: 512 }),
    version: Type.String({ minLength: 1, maxLength: 256 }),
    files: Type.Array(ArtifactFile, { maxItems: 1000 }),
    manifest: Sha256,
    readme: Optional(Sha256),
    tags: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
    about: Optional(About),
    deprecated: Optional(Type.String({ maxLength: 4096 })),
  }),
  permission: (input, principal, dependencies) => onRepository('write', input, input.package, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const { at, format, overwrite } = await requireRepository(dependencies, input)
    if (format === 'generic')
      throw new DomainError('unsupported', 'A generic repository holds files, not package versions.')
    const version = { ...at, format, package: input.package, version: input.version }
    const { files, manifest, tags } = input
    const publication = {
      type: 'PublishPackageVersion',
      at: version,
      files,
      manifest,
      tags,
      overwrite,
      ...(input.readme === undefined ? {} : { readme: input.readme }),
      ...(input.about === undefined ? {} : { about: input.about }),
      ...(input.deprecated === undefined ? {} : { deprecated: input.deprecated }),
    } as const
    const stream = packageVersionStream(version)
    const { position } = await decideAndAppend(dependencies, context, stream, packageVersion, publication, {
      likelyNew: true,
    })
    return { position }
  },
})

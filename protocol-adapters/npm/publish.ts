import { publishPackageVersion } from '../../commands/registry/publish-package-version.ts'
import type { StoredBlob } from '../../platform/blob-store/blob-store.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { requireAction, requirePresent } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import { aboutOf } from './about.ts'
import { changePackument } from './change-packument.ts'
import { manifestFragments } from './manifest-fragment.ts'
import { npmCaller } from './npm-caller.ts'
import { requirePrincipal, type InRepositoryExchange, type Operation } from './npm-request.ts'
import { predicateTypeOf } from './provenance.ts'
import { parsePublishBody } from './publish-body.ts'
import { publicationOf, type Publication } from './publish-document.ts'
import { receive, type Arriving } from './receive-attachment.ts'
import { tarballFile } from './tarball-file.ts'
import { encodeVersionDocument } from './version-document.ts'

const fileOf = (name: string, { size, digests }: StoredBlob) => ({ name, size, ...digests })

const filesOf = ({ name, version, tarball, provenance }: Publication<Arriving>) => {
  const file = tarballFile(name, version)
  const attached = provenance === undefined ? [] : [fileOf(file.replace(/\.tgz$/, '.sigstore'), provenance.stored.blob)]
  return [fileOf(file, tarball.stored.blob), ...attached]
}

/** The manifest in the forms that are kept, and what the bundle beside it attests. */
const documentOf = ({ name, version, manifest, tarball, provenance }: Publication<Arriving>) => {
  const { blob, contents } = tarball.stored
  const { digests } = blob
  const fragments = manifestFragments({
    name,
    version,
    manifest,
    digests,
    ...(contents === undefined ? {} : { contents }),
  })
  if (provenance === undefined) return fragments
  const predicateType = predicateTypeOf(provenance.stored.text, { name, version, sha512: digests.sha512 })
  return { ...fragments, provenance: predicateType }
}

/** The bytes are durable before the event names them; tarball and documents become visible by that one event. */
const publish = async (exchange: InRepositoryExchange, publication: Publication<Arriving>): Promise<string> => {
  const { gateway, repository } = exchange
  const { name, version, manifest, readme, tags, tarball, provenance } = publication
  const kept = documentOf(publication)
  const [document, readmeDigest] = await Promise.all([
    gateway.documents.put(encodeVersionDocument(kept)),
    readme === undefined || readme === '' ? undefined : gateway.documents.put(Buffer.from(readme)),
    tarball.stored.durable,
    provenance?.stored.durable,
  ])
  const { position } = await gateway.run(
    publishPackageVersion,
    {
      project: repository.project,
      repository: repository.repository,
      package: name,
      version,
      files: filesOf(publication),
      manifest: document,
      tags: [...tags],
      ...(readmeDigest === undefined ? {} : { readme: readmeDigest }),
      ...aboutOf(manifest),
      ...(kept.deprecated === undefined ? {} : { deprecated: kept.deprecated }),
    },
    { ...npmCaller(exchange), early: true },
  )
  return position
}

/**
 * `PUT /{package}`: a publish when tarballs are attached, else a change of what is there (deprecate, star, owner), which the
 * client sends as the whole document. The answer of a publish is 201 `{ ok, success }`.
 */
export const putPackument: Operation<'packument', InRepositoryExchange> = async (exchange, { name }) => {
  const { gateway, repository, request, reply, principal } = exchange
  requirePrincipal(exchange)
  requireAction(gateway, repository, 'read', name)
  requirePresent(repository)
  const body = await parsePublishBody(request.raw, {
    onAttachment: async (file, bytes) => {
      // not sooner: a star needs no more than to read
      requireAction(gateway, repository, 'write', name)
      return receive(gateway.blobs, file, bytes)
    },
  })
  if (body.attachments.size === 0) {
    await gateway.caughtUp()
    return changePackument(exchange, name, undefined, body.document)
  }
  const position = await publish(exchange, publicationOf(name, body))
  recordCommand(gateway, request, principal, publishPackageVersion.name)
  return reply.code(201).header(POSITION_HEADER, position).send({ ok: true, success: true })
}

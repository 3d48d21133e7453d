import { publishPackageVersion } from '../../commands/registry/publish-package-version.ts'
import type { StoredBlob } from '../../platform/blob-store/blob-store.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { requireAction, requirePresent } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import { aboutOf } from './about.ts'
import { changePackument } from './change-packument.ts'
import { manifestFragments } from './manifest-fragment.ts'
import { npmCaller } from './npm-caller.ts'
import type { InRepositoryExchange, Operation } from './npm-request.ts'
import { parsePublishBody } from './publish-body.ts'
import { publicationOf, type Publication } from './publish-document.ts'
import { tarballFile } from './tarball-file.ts'
import { encodeVersionDocument } from './version-document.ts'

const fileOf = (name: string, { size, digests }: StoredBlob) => ({ name, size, ...digests })

const filesOf = ({ name, version, tarball, provenance }: Publication<StoredBlob>) => {
  const file = tarballFile(name, version)
  const attached = provenance === undefined ? [] : [fileOf(file.replace(/\.tgz$/, '.sigstore'), provenance.stored)]
  return [fileOf(file, tarball.stored), ...attached]
}

/** The bytes are durable before the event names them; tarball and documents become visible by that one event. */
const publish = async (exchange: InRepositoryExchange, publication: Publication<StoredBlob>): Promise<string> => {
  const { gateway, repository } = exchange
  const { name, version, manifest, readme, tags, tarball } = publication
  const fragments = manifestFragments({ name, version, manifest, digests: tarball.stored.digests })
  const [document, readmeDigest] = await Promise.all([
    gateway.documents.put(encodeVersionDocument(fragments)),
    readme === undefined || readme === '' ? undefined : gateway.documents.put(Buffer.from(readme)),
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
      ...(fragments.deprecated === undefined ? {} : { deprecated: fragments.deprecated }),
    },
    npmCaller(exchange),
  )
  return position
}

/**
 * `PUT /{package}`: a publish when tarballs are attached, else a change of what is there (deprecate, star, owner), which the
 * client sends as the whole document. The answer of a publish is 201 `{ ok, success }`.
 */
export const putPackument: Operation<'packument', InRepositoryExchange> = async (exchange, { name }) => {
  const { gateway, repository, request, reply, principal } = exchange
  requireAction(gateway, repository, 'write', name)
  requirePresent(repository)
  const body = await parsePublishBody(request.raw, {
    onAttachment: (_, bytes) => gateway.blobs.put(bytes),
  })
  if (body.attachments.size === 0) return changePackument(exchange, name, undefined, body.document)
  const position = await publish(exchange, publicationOf(name, body))
  recordCommand(gateway, request, principal, publishPackageVersion.name)
  return reply.code(201).header(POSITION_HEADER, position).send({ ok: true, success: true })
}

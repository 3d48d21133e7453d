import { publishPackageVersion } from '../../commands/registry/publish-package-version.ts'
import type { BlobStore, StoredBlob } from '../../platform/blob-store/blob-store.ts'
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

/** An attachment whose digests are known while its bytes are still being made durable. */
interface Arriving {
  readonly blob: StoredBlob
  readonly durable: Promise<StoredBlob>
}

/** Resolves when the bytes have arrived, so that the manifest can be made and stored while the disk is busy with them. */
const receive = (blobs: BlobStore, bytes: AsyncIterable<Buffer>): Promise<Arriving> =>
  new Promise((resolve, reject) => {
    const durable = blobs.put(bytes, { onReceived: (blob) => resolve({ blob, durable }) })
    // before the bytes have arrived it is the failure of the upload; after that `publish` awaits it
    durable.catch(reject)
  })

const fileOf = (name: string, { size, digests }: StoredBlob) => ({ name, size, ...digests })

const filesOf = ({ name, version, tarball, provenance }: Publication<Arriving>) => {
  const file = tarballFile(name, version)
  const attached = provenance === undefined ? [] : [fileOf(file.replace(/\.tgz$/, '.sigstore'), provenance.stored.blob)]
  return [fileOf(file, tarball.stored.blob), ...attached]
}

/** The bytes are durable before the event names them; tarball and documents become visible by that one event. */
const publish = async (exchange: InRepositoryExchange, publication: Publication<Arriving>): Promise<string> => {
  const { gateway, repository } = exchange
  const { name, version, manifest, readme, tags, tarball, provenance } = publication
  const fragments = manifestFragments({ name, version, manifest, digests: tarball.stored.blob.digests })
  const [document, readmeDigest] = await Promise.all([
    gateway.documents.put(encodeVersionDocument(fragments)),
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
    onAttachment: (_, bytes) => receive(gateway.blobs, bytes),
  })
  if (body.attachments.size === 0) return changePackument(exchange, name, undefined, body.document)
  const position = await publish(exchange, publicationOf(name, body))
  recordCommand(gateway, request, principal, publishPackageVersion.name)
  return reply.code(201).header(POSITION_HEADER, position).send({ ok: true, success: true })
}

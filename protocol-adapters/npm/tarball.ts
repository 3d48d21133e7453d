import { DomainError } from '../../domain/errors.ts'
import { requireAction } from '../http/open-repository.ts'
import { recordDownload } from '../http/record-access.ts'
import { sendBlob } from '../http/send-blob.ts'
import type { InRepositoryExchange, Operation } from './npm-request.ts'

export const readTarball: Operation<'tarball', InRepositoryExchange> = async (exchange, { name, version }) => {
  const { gateway, tarballs, repository, request, reply, principal } = exchange
  requireAction(gateway, repository, 'read', name)
  const tarball = await tarballs.find(repository.repositoryId, name, version, repository.asOf)
  if (tarball === undefined) throw new DomainError('not-found', `There is no tarball of ${name}@${version} here.`)
  if (request.method === 'GET') recordDownload(gateway, request, principal, repository, name, version)
  return sendBlob(reply, { store: gateway.blobs, ...tarball, mayRedirect: true })
}

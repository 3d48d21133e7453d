import type { FastifyReply } from 'fastify'
import { storeFile } from '../../commands/registry/store-file.ts'
import { DomainError } from '../../domain/errors.ts'
import { foldersOf } from '../../domain/registry/file/path.ts'
import type { StoredBlob } from '../../platform/blob-store/blob-store.ts'
import { firstFileOf, hasFilesBelow } from '../../projections/files/queries.ts'
import { callerOf, POSITION_HEADER } from '../http/caller.ts'
import { requireAction } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import { encodePath } from './address.ts'
import { digestHeaders } from './file-headers.ts'
import type { GenericExchange, Operation } from './generic-request.ts'
import { etagOf, lockFor, mayBeRepeat, type Lock } from './preconditions.ts'
import { uploadHeaders, type UploadHeaders } from './upload-headers.ts'

const refuseAboveFiles = async ({ gateway, repository }: GenericExchange, path: string): Promise<void> => {
  if (await hasFilesBelow(gateway.sql, repository.repositoryId, path))
    throw new DomainError('path-conflict', `${path} is a folder with files in it, so it cannot be a file.`)
}

/** Refuses what can be known to fail before the body comes. The command decides again, and for sure. */
const lockBeforeBody = async (exchange: GenericExchange, path: string): Promise<Lock> => {
  const { gateway, files, repository, request } = exchange
  const { repositoryId, project, repository: name, overwrite } = repository
  const [current, above] = await Promise.all([
    files.find(repository, path),
    firstFileOf(gateway.sql, repositoryId, foldersOf(path)),
    refuseAboveFiles(exchange, path),
  ])
  if (above !== undefined)
    throw new DomainError('path-conflict', `${above} is a file, so nothing can be stored below it.`)
  const lock = lockFor(request, current)
  if (current !== undefined && !overwrite && !mayBeRepeat(request))
    throw new DomainError(
      'already-exists',
      `${path} exists already in ${project}/${name}, which does not let files be replaced.`,
    )
  return lock
}

/** The body, in the blob store; nothing of it stays when it breaks off or is not what was announced. */
const receive = async (
  { gateway, request, takeBody }: GenericExchange,
  headers: UploadHeaders,
): Promise<StoredBlob> => {
  takeBody()
  try {
    return await gateway.blobs.put(request.raw, { expected: headers.expected })
  } catch (error) {
    if (request.raw.destroyed && !request.raw.complete)
      throw new DomainError('invalid-input', 'The upload broke off before its end.', { cause: error })
    throw error
  }
}

const answer = (
  { reply, base }: GenericExchange,
  path: string,
  { digests }: StoredBlob,
  { position, created }: { readonly position: string; readonly created: boolean },
): FastifyReply =>
  reply
    .code(created ? 201 : 204)
    .headers(digestHeaders(digests))
    .header('etag', etagOf(digests))
    .header('location', `${base}/${encodePath(path)}`)
    .header(POSITION_HEADER, position)
    .send()

/** Stores the body at the path: 201 for a new file, 204 for one in place of another. */
export const putFile: Operation = async (exchange, path) => {
  const { gateway, repository, request, principal } = exchange
  requireAction(gateway, repository, 'write', path)
  const caller = callerOf(request, principal)
  const headers = uploadHeaders(request)
  const lock = await lockBeforeBody(exchange, path)
  const stored = await receive(exchange, headers)
  // files may have come below the path while the body did
  await refuseAboveFiles(exchange, path)
  const { contentType, properties } = headers
  const { project, repository: name } = repository
  const { size, digests } = stored
  const done = await gateway.run(
    storeFile,
    { project, repository: name, path, size, ...digests, contentType, properties, ...lock },
    caller,
  )
  recordCommand(gateway, request, principal, storeFile.name)
  return answer(exchange, path, stored, done)
}

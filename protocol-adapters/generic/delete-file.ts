import { deleteFile } from '../../commands/registry/change-file.ts'
import { DomainError } from '../../domain/errors.ts'
import { hasFilesBelow } from '../../projections/files/queries.ts'
import { callerOf, POSITION_HEADER } from '../http/caller.ts'
import { requireAction } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import type { Operation } from './generic-request.ts'
import { lockFor } from './preconditions.ts'

const isFolder = (path: string): DomainError =>
  new DomainError(
    'path-conflict',
    `${path} is a folder, and goes with its last file: list it with ?recursive=1 and delete the files in it.`,
  )

export const removeFile: Operation = async ({ gateway, files, request, reply, repository, principal }, path) => {
  requireAction(gateway, repository, 'delete', path)
  const { repositoryId, project, repository: name } = repository
  const current = await files.find(repository, path)
  if (current === undefined && (await hasFilesBelow(gateway.sql, repositoryId, path))) throw isFolder(path)
  const { onlyIf } = lockFor(request, current)
  const { position } = await gateway.run(
    deleteFile,
    { project, repository: name, path, ...(onlyIf === undefined ? {} : { onlyIf }) },
    callerOf(request, principal),
  )
  recordCommand(gateway, request, principal, deleteFile.name)
  return reply.code(204).header(POSITION_HEADER, position).send()
}

/** There is no removal of a folder with all that is in it: one slip would cost too much. */
export const removeFolder: Operation = async ({ gateway, repository }, path) => {
  requireAction(gateway, repository, 'delete', path)
  const folder = path.slice(0, -1)
  if (path !== '' && !(await hasFilesBelow(gateway.sql, repository.repositoryId, folder)))
    throw new DomainError('not-found', `There is no folder ${path} in ${repository.project}/${repository.repository}.`)
  throw isFolder(path === '' ? '/' : path)
}

import { Type } from 'typebox'
import { authorise, type Action } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Name, Optional } from '../../domain/names.ts'
import { fileStream, type InFile } from '../../domain/registry/file/events.ts'
import { file, type FileState } from '../../domain/registry/file/file.ts'
import { filePath } from '../../domain/registry/file/path.ts'
import { derivedId } from '../../platform/ids.ts'
import { command, type CommandContext, type CommandDependencies } from '../command.ts'
import { decideAndAppend, type Decided } from '../decide-and-append.ts'
import { onRepository, repositoryInput, requireRepository } from './in-repository.ts'
import { refuseBelowFile } from './store-file.ts'

const input = Closed({
  ...repositoryInput,
  path: Type.String({ minLength: 1, maxLength: 1024 }),
  toPath: Type.String({ minLength: 1, maxLength: 1024 }),
  toProject: Optional(Name),
  toRepository: Optional(Name),
})

interface Transfer {
  readonly project: string
  readonly repository: string
  readonly path: string
  readonly toPath: string
  readonly toProject?: string
  readonly toRepository?: string
}

const targetOf = ({ project, repository, toProject, toRepository }: Transfer) => ({
  project: toProject ?? project,
  repository: toRepository ?? repository,
})

interface Stored {
  readonly at: InFile
  readonly state: FileState
}

const sourceOf = async (transfer: Transfer, dependencies: CommandDependencies): Promise<Stored> => {
  const { at } = await requireRepository(dependencies, transfer)
  const source = { ...at, path: filePath(transfer.path) }
  const { state } = await dependencies.folds.load(fileStream(source), file)
  return { at: source, state }
}

/** Asks the rights at the source; those at the target are the command's own permission. */
const authoriseSource = async (
  action: Action,
  transfer: Transfer,
  { principal }: CommandContext,
  dependencies: CommandDependencies,
): Promise<void> => {
  const { resource, open } = await onRepository(action, transfer, transfer.path, principal, dependencies)
  try {
    authorise(principal, action, resource, { open: open ?? false })
  } catch (error) {
    dependencies.denied(principal, action, resource)
    throw error
  }
}

const copy = async (
  transfer: Transfer,
  context: CommandContext,
  dependencies: CommandDependencies,
  source: Stored,
): Promise<Decided<FileState>> => {
  if (source.state.status !== 'stored')
    throw new DomainError(
      'not-found',
      `There is no file ${source.at.path} in ${transfer.project}/${transfer.repository}.`,
    )
  const { content, properties } = source.state
  const { at, format, overwrite } = await requireRepository(dependencies, targetOf(transfer))
  if (format !== 'generic')
    throw new DomainError('unsupported', `A ${format} repository holds package versions, not files.`)
  const target = { ...at, path: filePath(transfer.toPath) }
  if (target.repositoryId === source.at.repositoryId && target.path === source.at.path)
    throw new DomainError('invalid-input', 'Source and target are the same file.')
  await refuseBelowFile(dependencies, at, target.path)
  // The lease comes first: from here on collection cannot take the bytes that the event is about to name.
  if ((await dependencies.blobs.claim(content.sha256)) === undefined)
    throw new DomainError('withdrawn', `The bytes of ${source.at.path} are no longer stored.`)
  return decideAndAppend(dependencies, context, fileStream(target), file, {
    type: 'StoreFile',
    at: target,
    content,
    properties,
    from: source.at,
    overwrite,
  })
}

export const copyFile = command({
  name: 'CopyFile',
  summary: 'Copies a file to another path or repository; no bytes are moved.',
  input,
  permission: (transfer, principal, dependencies) =>
    onRepository('write', targetOf(transfer), transfer.toPath, principal, dependencies),
  handle: async (transfer, context, dependencies) => {
    await authoriseSource('read', transfer, context, dependencies)
    const { position } = await copy(transfer, context, dependencies, await sourceOf(transfer, dependencies))
    return { position }
  },
})

/**
 * Two streams, so two appends: first the file at its new path, then its removal at the old one. Between them it stands at
 * both, and a repeat of the command finishes what a crash left. Only what stands at the new path is removed at the old one:
 * something else that was stored there meanwhile stays. A revision that the caller expects is the one of the new path.
 */
export const moveFile = command({
  name: 'MoveFile',
  summary: 'Moves a file to another path or repository; no bytes are moved.',
  input,
  permission: (transfer, principal, dependencies) =>
    onRepository('write', targetOf(transfer), transfer.toPath, principal, dependencies),
  handle: async (transfer, context, dependencies) => {
    await authoriseSource('delete', transfer, context, dependencies)
    const source = await sourceOf(transfer, dependencies)
    const removal = { ...context, commandId: derivedId(context.commandId, 'removal'), expectedRevision: undefined }
    const { done } = await dependencies.folds.load(fileStream(source.at), file)
    const finished = done.get(removal.commandId)
    if (finished !== undefined) return { position: finished }
    const { state: copied } = await copy(transfer, context, dependencies, source)
    const { position } = await decideAndAppend(dependencies, removal, fileStream(source.at), file, {
      type: 'DeleteFile',
      at: source.at,
      ...(copied.status === 'stored' ? { onlyIf: copied.content.sha256 } : {}),
    })
    return { position }
  },
})

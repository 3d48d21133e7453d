import { Type } from 'typebox'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Optional, Sha256, type InRepository } from '../../domain/names.ts'
import { fileStream, Properties } from '../../domain/registry/file/events.ts'
import { file } from '../../domain/registry/file/file.ts'
import { filePath, foldersOf } from '../../domain/registry/file/path.ts'
import { command, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onRepository, repositoryInput, requireRepository } from './in-repository.ts'

/** Refuses a path below something that is a file: the ancestors' own streams are asked, not a read model. */
export const refuseBelowFile = async (
  { folds }: CommandDependencies,
  at: InRepository,
  path: string,
): Promise<void> => {
  const folders = foldersOf(path)
  const above = await Promise.all(folders.map((folder) => folds.load(fileStream({ ...at, path: folder }), file)))
  const blocking = folders.find((_, index) => above[index]?.state.status === 'stored')
  if (blocking !== undefined)
    throw new DomainError('path-conflict', `${blocking} is a file, so nothing can be stored below it.`)
}

/** Sent by the generic adapter when the bytes are durable. */
export const storeFile = command({
  name: 'StoreFile',
  summary: 'Stores a file at a path.',
  internal: true,
  input: Closed({
    ...repositoryInput,
    path: Type.String({ minLength: 1, maxLength: 1024 }),
    size: Type.Integer({ minimum: 0 }),
    md5: Type.String(),
    sha1: Type.String(),
    sha256: Sha256,
    sha512: Type.String(),
    contentType: Type.String({ maxLength: 255 }),
    properties: Properties,
    createOnly: Type.Boolean(),
    onlyIf: Optional(Sha256),
  }),
  permission: (input, principal, dependencies) => onRepository('write', input, input.path, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const { at, format, overwrite } = await requireRepository(dependencies, input)
    if (format !== 'generic')
      throw new DomainError('unsupported', `A ${format} repository holds package versions, not files.`)
    const path = filePath(input.path)
    await refuseBelowFile(dependencies, at, path)
    const { size, md5, sha1, sha256, sha512, contentType, properties, createOnly, onlyIf } = input
    // the state that the last decision was taken on is the one that the append followed
    let created = true
    const observed: typeof file = {
      ...file,
      decide: (decided, state) => {
        created = state.status !== 'stored'
        return file.decide(decided, state)
      },
    }
    const { position } = await decideAndAppend(dependencies, context, fileStream({ ...at, path }), observed, {
      type: 'StoreFile',
      at: { ...at, path },
      content: { size, md5, sha1, sha256, sha512, contentType },
      properties,
      overwrite,
      createOnly,
      ...(onlyIf === undefined ? {} : { onlyIf }),
    })
    return { position, created }
  },
})

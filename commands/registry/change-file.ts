import { Type } from 'typebox'
import { Closed, Optional, Sha256 } from '../../domain/names.ts'
import { fileStream, Properties } from '../../domain/registry/file/events.ts'
import { file } from '../../domain/registry/file/file.ts'
import { filePath } from '../../domain/registry/file/path.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onRepository, repositoryInput, requireRepository } from './in-repository.ts'

const fileInput = { ...repositoryInput, path: Type.String({ minLength: 1, maxLength: 1024 }) } as const

export const deleteFile = command({
  name: 'DeleteFile',
  summary: 'Removes a file.',
  input: Closed({ ...fileInput, onlyIf: Optional(Sha256) }),
  permission: (input, principal, dependencies) => onRepository('delete', input, input.path, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const { at } = await requireRepository(dependencies, input)
    const target = { ...at, path: filePath(input.path) }
    const { position } = await decideAndAppend(dependencies, context, fileStream(target), file, {
      type: 'DeleteFile',
      at: target,
      ...(input.onlyIf === undefined ? {} : { onlyIf: input.onlyIf }),
    })
    return { position }
  },
})

export const setFileProperties = command({
  name: 'SetFileProperties',
  summary: 'Replaces the properties (keys and values) of a file.',
  input: Closed({ ...fileInput, properties: Properties }),
  permission: (input, principal, dependencies) => onRepository('write', input, input.path, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const { at } = await requireRepository(dependencies, input)
    const target = { ...at, path: filePath(input.path) }
    const { position } = await decideAndAppend(dependencies, context, fileStream(target), file, {
      type: 'SetFileProperties',
      at: target,
      properties: input.properties,
    })
    return { position }
  },
})

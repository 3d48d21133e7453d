import { Type } from 'typebox'
import { Closed, Optional } from '../../domain/names.ts'
import { repositoryStream } from '../../domain/registry/repository/events.ts'
import { repository } from '../../domain/registry/repository/repository.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onRepository, repositoryInput } from './in-repository.ts'

export const updateRepository = command({
  name: 'UpdateRepository',
  summary: 'Changes the settings of a repository; fields left out stay as they are.',
  input: Closed({
    ...repositoryInput,
    public: Optional(Type.Boolean()),
    overwrite: Optional(Type.Boolean()),
    description: Optional(Type.String({ maxLength: 1000 })),
  }),
  permission: (input, principal, dependencies) => onRepository('manage', input, undefined, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const stream = repositoryStream(input.project, input.repository)
    const change = { type: 'UpdateRepository', ...input } as const
    const { position } = await decideAndAppend(dependencies, context, stream, repository, change)
    return { position }
  },
})

export const deleteRepository = command({
  name: 'DeleteRepository',
  summary: 'Removes a repository and everything in it; its past stays readable for those with read-history.',
  input: Closed(repositoryInput),
  permission: (input, principal, dependencies) => onRepository('manage', input, undefined, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const stream = repositoryStream(input.project, input.repository)
    const removal = { type: 'DeleteRepository', ...input } as const
    const { position } = await decideAndAppend(dependencies, context, stream, repository, removal)
    return { position }
  },
})

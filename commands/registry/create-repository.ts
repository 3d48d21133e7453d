import { Type } from 'typebox'
import { DomainError } from '../../domain/errors.ts'
import { Closed, FORMATS, OneOf, Optional } from '../../domain/names.ts'
import { project, projectStream } from '../../domain/registry/project/project.ts'
import { KINDS, repositoryStream } from '../../domain/registry/repository/events.ts'
import { repository } from '../../domain/registry/repository/repository.ts'
import { derivedId } from '../../platform/ids.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { repositoryInput } from './in-repository.ts'

export const createRepository = command({
  name: 'CreateRepository',
  summary: 'Creates a repository in a project.',
  input: Closed({
    ...repositoryInput,
    format: OneOf(FORMATS),
    kind: OneOf(KINDS),
    public: Optional(Type.Boolean({ description: 'anyone may read it without credentials; default false' })),
    overwrite: Optional(Type.Boolean({ description: 'files and versions may be replaced; default false' })),
    description: Optional(Type.String({ maxLength: 1000 })),
  }),
  answers: ['id'],
  permission: ({ project }) => ({ action: 'manage', resource: { project } }),
  handle: async (input, context, dependencies) => {
    const home = await dependencies.folds.load(projectStream(input.project), project)
    if (!home.state.exists) throw new DomainError('not-found', `There is no project ${input.project}.`)
    const id = derivedId(context.commandId, 'repository')
    const { position } = await decideAndAppend(
      dependencies,
      context,
      repositoryStream(input.project, input.repository),
      repository,
      {
        type: 'CreateRepository',
        newId: id,
        ...input,
        public: input.public ?? false,
        overwrite: input.overwrite ?? false,
      },
    )
    return { position, id }
  },
})

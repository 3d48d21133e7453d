import { Type } from 'typebox'
import { Closed, Name, Optional } from '../../domain/names.ts'
import { project, projectStream } from '../../domain/registry/project/project.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'

export const createProject = command({
  name: 'CreateProject',
  summary: 'Creates a project, the home of repositories.',
  input: Closed({ project: Name, description: Optional(Type.String({ maxLength: 1000 })) }),
  permission: () => ({ action: 'manage', resource: {} }),
  handle: async (input, context, dependencies) => {
    const stream = projectStream(input.project)
    const { position } = await decideAndAppend(dependencies, context, stream, project, {
      type: 'CreateProject',
      ...input,
    })
    return { position }
  },
})

import { Type } from 'typebox'
import type { Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, Name, Optional } from '../../names.ts'
import { streamName } from '../../stream-names.ts'

export const ProjectCreated = eventType(
  'ProjectCreated',
  'A project, the home of repositories, was created.',
  Closed({ project: Name, description: Optional(Type.String()) }),
)

export type ProjectEvent = EventOf<typeof ProjectCreated>

export interface CreateProject {
  readonly type: 'CreateProject'
  readonly project: string
  readonly description?: string
}

export interface ProjectState {
  readonly exists: boolean
}

export const projectStream = (project: string): string => streamName('project', project)

export const project: Decider<ProjectState, CreateProject, ProjectEvent> = {
  initialState: { exists: false },
  decide: (command, state) => {
    if (state.exists) throw new DomainError('already-exists', `There is a project ${command.project} already.`)
    const { type: _, ...data } = command
    return [{ type: 'ProjectCreated', data }]
  },
  evolve: () => ({ exists: true }),
}

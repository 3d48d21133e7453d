import { Type } from 'typebox'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, FORMATS, inRepository, OneOf, Optional } from '../../names.ts'
import { streamName } from '../../stream-names.ts'

export const KINDS = ['hosted'] as const

const settings = {
  public: Type.Boolean({ description: 'whether anyone may read it without credentials' }),
  overwrite: Type.Boolean({ description: 'whether files and versions may be replaced' }),
  description: Optional(Type.String()),
}

export const RepositoryCreated = eventType(
  'RepositoryCreated',
  'A repository was created in a project.',
  Closed({ ...inRepository, format: OneOf(FORMATS), kind: OneOf(KINDS), ...settings }),
)

export const RepositoryUpdated = eventType(
  'RepositoryUpdated',
  'The settings of a repository were changed; holds all of them as they are now.',
  Closed({ ...inRepository, ...settings }),
)

export const RepositoryDeleted = eventType(
  'RepositoryDeleted',
  'A repository and everything in it was removed. A new one of the same name starts empty.',
  Closed(inRepository),
)

export type RepositoryEvent = EventOf<typeof RepositoryCreated | typeof RepositoryUpdated | typeof RepositoryDeleted>

export const repositoryStream = (project: string, repository: string): string =>
  streamName('repository', project, repository)

import { Type } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, FORMATS, inRepository, OneOf, type Format, type InRepository } from '../../names.ts'
import { streamName } from '../../stream-names.ts'

const inTag = {
  ...inRepository,
  format: OneOf(FORMATS),
  package: Type.String(),
  tag: Type.String({ minLength: 1, maxLength: 256 }),
} as const

export const TagSet = eventType(
  'TagSet',
  'A tag of a package was pointed at a version (npm calls it a dist-tag).',
  Closed({ ...inTag, version: Type.String() }),
)

export const TagRemoved = eventType('TagRemoved', 'A tag of a package was removed.', Closed(inTag))

export type TagEvent = EventOf<typeof TagSet | typeof TagRemoved>

export interface InTag extends InRepository {
  readonly format: Format
  readonly package: string
  readonly tag: string
}

export type TagCommand =
  | { readonly type: 'SetTag'; readonly at: InTag; readonly version: string }
  | { readonly type: 'RemoveTag'; readonly at: InTag }

/**
 * A publish sets tags too, in the version's stream, so this stream alone does not know where a tag points now: decisions
 * always append, and the read model folds both in position order.
 */
export interface TagState {
  readonly changes: number
}

export const tagStream = ({ repositoryId, package: name, tag }: InTag): string =>
  streamName('tag', repositoryId, name, tag)

const coordinates = ({ repositoryId, project, repository, format, package: name, tag }: InTag) => ({
  repositoryId,
  project,
  repository,
  format,
  package: name,
  tag,
})

export const tag: Decider<TagState, TagCommand, TagEvent> = {
  initialState: { changes: 0 },
  decide: (command) => {
    switch (command.type) {
      case 'SetTag':
        return [{ type: 'TagSet', data: { ...coordinates(command.at), version: command.version } }]
      case 'RemoveTag':
        return [{ type: 'TagRemoved', data: coordinates(command.at) }]
      default:
        return assertNever(command)
    }
  },
  evolve: (state) => ({ changes: state.changes + 1 }),
}

import { Type } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, FORMATS, inRepository, OneOf } from '../../names.ts'
import { streamName } from '../../stream-names.ts'
import type { InPackage } from '../package/package.ts'

const inStar = {
  ...inRepository,
  format: OneOf(FORMATS),
  package: Type.String({ minLength: 1, maxLength: 512 }),
  accountId: Type.String(),
} as const

export const PackageStarred = eventType('PackageStarred', 'An account marked a package as a favourite.', Closed(inStar))
export const PackageUnstarred = eventType('PackageUnstarred', 'An account took its mark off a package.', Closed(inStar))

export type StarEvent = EventOf<typeof PackageStarred | typeof PackageUnstarred>

export interface StarCommand {
  readonly type: 'StarPackage' | 'UnstarPackage'
  readonly at: InPackage
  readonly accountId: string
}

export interface StarState {
  readonly starred: boolean
}

/** One for each account, so that the stars of a favourite of many are no queue. */
export const starStream = ({ repositoryId, package: name }: InPackage, accountId: string): string =>
  streamName('star', repositoryId, name, accountId)

export const star: Decider<StarState, StarCommand, StarEvent> = {
  initialState: { starred: false },
  decide: ({ type, at, accountId }, { starred }) => {
    const { repositoryId, project, repository, format, package: name } = at
    const data = { repositoryId, project, repository, format, package: name, accountId }
    switch (type) {
      case 'StarPackage':
        return starred ? [] : [{ type: 'PackageStarred', data }]
      case 'UnstarPackage':
        return starred ? [{ type: 'PackageUnstarred', data }] : []
      default:
        return assertNever(type)
    }
  },
  evolve: (_, { type }) => ({ starred: type === 'PackageStarred' }),
}

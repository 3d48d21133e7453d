import { Type } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, FORMATS, inRepository, OneOf, type Format, type InRepository } from '../../names.ts'
import { streamName } from '../../stream-names.ts'

const inOwnership = {
  ...inRepository,
  format: OneOf(FORMATS),
  package: Type.String({ minLength: 1, maxLength: 512 }),
  accountId: Type.String(),
} as const

export const PackageOwnerAdded = eventType(
  'PackageOwnerAdded',
  'An account became an owner of a package: it may publish, change and remove its versions, and add other owners.',
  Closed(inOwnership),
)
export const PackageOwnerRemoved = eventType(
  'PackageOwnerRemoved',
  'An account is no owner of a package any more; what its roles allow stays.',
  Closed(inOwnership),
)

export type PackageEvent = EventOf<typeof PackageOwnerAdded | typeof PackageOwnerRemoved>

export interface InPackage extends InRepository {
  readonly format: Format
  readonly package: string
}

export interface PackageCommand {
  readonly type: 'AddPackageOwner' | 'RemovePackageOwner'
  readonly at: InPackage
  readonly accountId: string
}

/**
 * By account id: true for an owner, false for one that was removed. The package itself comes with its first version, which
 * is in a stream of its own, and whoever publishes is shown as an owner until removed; this stream knows of neither.
 */
export interface PackageState {
  readonly owners: ReadonlyMap<string, boolean>
}

export const packageStream = ({ repositoryId, package: name }: Pick<InPackage, 'repositoryId' | 'package'>): string =>
  streamName('package', repositoryId, name)

const coordinates = ({ repositoryId, project, repository, format, package: name }: InPackage) => ({
  repositoryId,
  project,
  repository,
  format,
  package: name,
})

export const packageOwners: Decider<PackageState, PackageCommand, PackageEvent> = {
  initialState: { owners: new Map() },
  decide: ({ type, at, accountId }, { owners }) => {
    const data = { ...coordinates(at), accountId }
    switch (type) {
      case 'AddPackageOwner':
        // an owner's right has the form of a scope, where a star stands for any name
        if (at.package.includes('*'))
          throw new DomainError('invalid-input', `${at.package} cannot have owners, because its name has a star.`)
        return owners.get(accountId) === true ? [] : [{ type: 'PackageOwnerAdded', data }]
      case 'RemovePackageOwner':
        return owners.get(accountId) === false ? [] : [{ type: 'PackageOwnerRemoved', data }]
      default:
        return assertNever(type)
    }
  },
  evolve: ({ owners }, { type, data }) => ({
    owners: new Map([...owners, [data.accountId, type === 'PackageOwnerAdded']]),
  }),
}

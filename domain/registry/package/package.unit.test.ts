import { expect, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { packageOwners, packageStream, type PackageEvent } from './package.ts'

const given = scenarios(packageOwners)

const at = { repositoryId: 'r1', project: 'main', repository: 'npm', format: 'npm', package: '@acme/left' } as const
const added: PackageEvent = { type: 'PackageOwnerAdded', data: { ...at, accountId: 'a1' } }
const removed: PackageEvent = { type: 'PackageOwnerRemoved', data: { ...at, accountId: 'a1' } }
const add = { type: 'AddPackageOwner', at, accountId: 'a1' } as const
const remove = { type: 'RemovePackageOwner', at, accountId: 'a1' } as const

it('gets an owner once', () => {
  given().when(add).then(added)
  given(added).when(add).thenNothingHappened()
  given(added, removed).when(add).then(added)
})

// Whoever publishes is shown as an owner without an event of this stream.
it('loses an owner once, also one that was never added here', () => {
  given(added).when(remove).then(removed)
  given().when(remove).then(removed)
  given(removed).when(remove).thenNothingHappened()
})

it('keeps its other owners', () => {
  const other = { ...add, accountId: 'a2' }
  given(added, removed)
    .when(other)
    .then({ ...added, data: { ...added.data, accountId: 'a2' } })
  const { owners } = [added, { ...added, data: { ...added.data, accountId: 'a2' } }, removed].reduce(
    packageOwners.evolve,
    packageOwners.initialState,
  )
  expect([...owners]).toEqual([
    ['a1', false],
    ['a2', true],
  ])
})

it('has no owners when its name would be read as a pattern', () =>
  given()
    .when({ ...add, at: { ...at, package: 'left*' } })
    .thenRefused('invalid-input'))

it('has a stream for each repository and name', () => {
  const streams = [at, { ...at, repositoryId: 'r2' }, { ...at, package: 'right' }].map(packageStream)
  expect(new Set(streams).size).toBe(3)
})

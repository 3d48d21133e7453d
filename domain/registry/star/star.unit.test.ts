import { expect, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { star, starStream, type StarEvent } from './star.ts'

const given = scenarios(star)

const at = { repositoryId: 'r1', project: 'main', repository: 'npm', format: 'npm', package: 'left' } as const
const starred: StarEvent = { type: 'PackageStarred', data: { ...at, accountId: 'a1' } }
const unstarred: StarEvent = { type: 'PackageUnstarred', data: { ...at, accountId: 'a1' } }
const give = { type: 'StarPackage', at, accountId: 'a1' } as const
const take = { type: 'UnstarPackage', at, accountId: 'a1' } as const

it('is given once', () => {
  given().when(give).then(starred)
  given(starred).when(give).thenNothingHappened()
  given(starred, unstarred).when(give).then(starred)
})

it('is taken off once', () => {
  given(starred).when(take).then(unstarred)
  given().when(take).thenNothingHappened()
})

it('has a stream for each repository, package and account', () => {
  const streams = [
    starStream(at, 'a1'),
    starStream(at, 'a2'),
    starStream({ ...at, package: 'right' }, 'a1'),
    starStream({ ...at, repositoryId: 'r2' }, 'a1'),
  ]
  expect(new Set(streams).size).toBe(4)
})

import { expect, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import type { RepositoryEvent } from './events.ts'
import { repository, type RepositoryCommand } from './repository.ts'

const given = scenarios(repository)

const place = { project: 'main', repository: 'npm' } as const
const create: RepositoryCommand = {
  type: 'CreateRepository',
  newId: 'r2',
  format: 'npm',
  kind: 'hosted',
  public: false,
  overwrite: false,
  ...place,
}
const created: RepositoryEvent = {
  type: 'RepositoryCreated',
  data: {
    repositoryId: 'r1',
    format: 'npm',
    kind: 'hosted',
    public: false,
    overwrite: true,
    description: 'ours',
    ...place,
  },
}
const deleted: RepositoryEvent = { type: 'RepositoryDeleted', data: { repositoryId: 'r1', ...place } }
const second: RepositoryEvent = {
  type: 'RepositoryCreated',
  data: { repositoryId: 'r2', format: 'npm', kind: 'hosted', public: false, overwrite: false, ...place },
}

it('is created with its settings and a new id', () => given().when(create).then(second))

it('is not created over one that is there', () => given(created).when(create).thenRefused('already-exists'))

it('is created again after it was deleted, with another id', () => given(created, deleted).when(create).then(second))

it('keeps the settings that an update leaves out, and holds all of them in the event', () =>
  given(created)
    .when({ type: 'UpdateRepository', public: true, ...place })
    .then({
      type: 'RepositoryUpdated',
      data: { repositoryId: 'r1', public: true, overwrite: true, description: 'ours', ...place },
    }))

it('changes nothing when an update says what is so already', () =>
  given(created)
    .when({ type: 'UpdateRepository', public: false, overwrite: true, description: 'ours', ...place })
    .thenNothingHappened())

it('sees an earlier update', () =>
  given(created, {
    type: 'RepositoryUpdated',
    data: { repositoryId: 'r1', public: true, overwrite: true, description: 'ours', ...place },
  })
    .when({ type: 'UpdateRepository', public: true, ...place })
    .thenNothingHappened())

it('cannot be updated or deleted while there is none', () => {
  given()
    .when({ type: 'UpdateRepository', public: true, ...place })
    .thenRefused('not-found')
  given(created, deleted)
    .when({ type: 'UpdateRepository', public: true, ...place })
    .thenRefused('not-found')
  given()
    .when({ type: 'DeleteRepository', ...place })
    .thenRefused('not-found')
  given(created, deleted)
    .when({ type: 'DeleteRepository', ...place })
    .thenRefused('not-found')
})

it('is deleted by its id', () =>
  given(created)
    .when({ type: 'DeleteRepository', ...place })
    .then(deleted))

it('ignores settings that come after its end', () => {
  const update: RepositoryEvent = {
    type: 'RepositoryUpdated',
    data: { repositoryId: 'r1', public: true, overwrite: true, ...place },
  }
  expect([created, deleted, update].reduce(repository.evolve, repository.initialState)).toEqual({ status: 'deleted' })
})

import { it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { project } from './project.ts'

const given = scenarios(project)

it('is created with its description', () =>
  given()
    .when({ type: 'CreateProject', project: 'main', description: 'the first' })
    .then({ type: 'ProjectCreated', data: { project: 'main', description: 'the first' } }))

it('is created without a description', () =>
  given()
    .when({ type: 'CreateProject', project: 'main' })
    .then({ type: 'ProjectCreated', data: { project: 'main' } }))

it('is not created twice', () =>
  given({ type: 'ProjectCreated', data: { project: 'main' } })
    .when({ type: 'CreateProject', project: 'main' })
    .thenRefused('already-exists'))

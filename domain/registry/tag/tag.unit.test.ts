import { expect, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { tag, tagStream, type TagEvent } from './tag.ts'

const given = scenarios(tag)

const at = {
  repositoryId: 'r1',
  project: 'main',
  repository: 'npm',
  format: 'npm',
  package: 'left',
  tag: 'latest',
} as const
const set: TagEvent = { type: 'TagSet', data: { ...at, version: '1.0.0' } }

it('points at a version', () => given().when({ type: 'SetTag', at, version: '1.0.0' }).then(set))

// A publish moves tags in another stream, so the same words may well be a change.
it('is set again to where its own stream last put it', () =>
  given(set).when({ type: 'SetTag', at, version: '1.0.0' }).then(set))

it('is removed, also where its own stream never set it', () => {
  given(set).when({ type: 'RemoveTag', at }).then({ type: 'TagRemoved', data: at })
  given().when({ type: 'RemoveTag', at }).then({ type: 'TagRemoved', data: at })
})

it('puts nothing into its events but what names the tag', () => {
  const more = { ...at, version: '9.9.9', secret: 'no' }
  given().when({ type: 'RemoveTag', at: more }).then({ type: 'TagRemoved', data: at })
})

it('has a stream for each repository, package and tag', () => {
  const streams = [at, { ...at, repositoryId: 'r2' }, { ...at, package: 'right' }, { ...at, tag: 'next' }].map(
    tagStream,
  )
  expect(new Set(streams).size).toBe(4)
  expect(tagStream({ ...at, project: 'renamed' })).toBe(streams[0])
})

import fc from 'fast-check'
import { Check } from 'typebox/value'
import { expect, it } from 'vitest'
import { Closed, locationOf, Name, OneOf, Optional, Sha256 } from './names.ts'
import { streamName } from './stream-names.ts'

it.each(['a', 'main', 'a-b', 'a.b_c-d', '0', 'x'.repeat(64)])('takes the name %s', (name) =>
  expect(Check(Name, name)).toBe(true),
)

it.each(['', 'A', 'a--b', '-a', 'a-', '.a', 'a/b', 'a b', 'ä', 'a\n', 'a\0', '..', 'a@b', 'x'.repeat(65)])(
  'refuses the name %j',
  (name) => expect(Check(Name, name)).toBe(false),
)

it('takes every name that addresses can carry as it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+)*$/), (name) => {
      if (name.length <= 64) expect(Check(Name, name)).toBe(true)
      expect(encodeURIComponent(name)).toBe(name)
    }),
  )
})

it('closes objects, and takes one of the words it was given', () => {
  const schema = Closed({ size: OneOf(['small', 'large']), digest: Optional(Sha256) })
  expect(Check(schema, { size: 'small' })).toBe(true)
  expect(Check(schema, { size: 'medium' })).toBe(false)
  expect(Check(schema, { size: 'small', more: 1 })).toBe(false)
  expect(Check(schema, { size: 'small', digest: 'A'.repeat(64) })).toBe(false)
})

it('makes a stream name of any key, another for every other key', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.string({ unit: 'binary' })), (one, other) => {
      const name = streamName('tag', ...one)
      expect(name).toMatch(/^tag-[0-9a-f]{64}$/)
      expect(streamName('tag', ...other) === name).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
  )
})

it('takes from a thing only where it is', () => {
  const thing = { repositoryId: 'r', project: 'p', repository: 'q', path: 'x' }
  expect(locationOf(thing)).toEqual({ repositoryId: 'r', project: 'p', repository: 'q' })
})

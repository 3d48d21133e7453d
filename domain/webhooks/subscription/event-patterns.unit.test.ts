import { expect, it } from 'vitest'
import { NEVER_DELIVERED, wantsType } from './event-patterns.ts'

it.each([
  [['PackageVersionPublished'], 'PackageVersionPublished', true],
  [['PackageVersionPublished'], 'PackageVersionDeleted', false],
  [['Package*'], 'PackageVersionDeleted', true],
  [['Package*'], 'TagSet', false],
  [['Package*', 'TagSet'], 'TagSet', true],
  [['*'], 'TagSet', true],
  [undefined, 'TagSet', true],
  [[], 'TagSet', false],
  // a name is no beginning
  [['TagSe'], 'TagSet', false],
])('of the types %j the event %s is one: %s', (patterns, type, wanted) =>
  expect(wantsType(patterns, type)).toBe(wanted),
)

it('never wants what tells of deliveries, however it is asked for', () => {
  for (const type of NEVER_DELIVERED)
    for (const patterns of [undefined, ['*'], ['Webhook*'], [type]]) expect(wantsType(patterns, type)).toBe(false)
})

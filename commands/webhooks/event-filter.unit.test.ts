import { expect, it } from 'vitest'
import { checkEventFilter } from './event-filter.ts'

it.each(['PackageVersionPublished', 'Package*', 'PackageVersionPub*', 'Webhook*', 'WebhookPaused', '*'])(
  'takes %s, which events there are match',
  (pattern) => expect(() => checkEventFilter([pattern])).not.toThrow(),
)

it.each([
  ['PackageVersionPublisched', 'PackageVersionPublished'],
  ['packageVersionPublished', 'PackageVersionPublished'],
  ['Pakage*', 'Package*'],
  ['PackageVersions*', 'PackageVersion*'],
  ['tag*', 'Tag*'],
])('takes %s for %s, and says so', (pattern, meant) => {
  const message = `events has ${pattern}, and there is no such event: did you mean ${meant}?`
  expect(() => checkEventFilter(['TagSet', pattern])).toThrow(
    expect.objectContaining({ code: 'invalid-input', message }),
  )
})

it.each(['WebhookEventsDelivered', 'WebhookDeliveryGivenUp', 'WebhookEvents*', 'WebhookDelivery*'])(
  'refuses %s, which is never delivered',
  (pattern) => expect(() => checkEventFilter([pattern])).toThrow(expect.objectContaining({ code: 'invalid-input' })),
)

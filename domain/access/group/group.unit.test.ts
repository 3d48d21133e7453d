import { describe, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { group, type GroupEvent } from './group.ts'

const given = scenarios(group)
const created: GroupEvent = { type: 'GroupCreated', data: { group: 'staff' } }
const membership = (accountId: string) => ({ group: 'staff', accountId })
const added = (accountId: string): GroupEvent => ({ type: 'GroupMemberAdded', data: membership(accountId) })
const removed = (accountId: string): GroupEvent => ({ type: 'GroupMemberRemoved', data: membership(accountId) })

describe('a group', () => {
  it('is created once', () => {
    given().when({ type: 'CreateGroup', group: 'staff' }).then(created)
    given(created, added('a')).when({ type: 'CreateGroup', group: 'staff' }).thenRefused('already-exists')
  })

  it.each(['AddGroupMember', 'RemoveGroupMember'] as const)('must exist for %s', (type) =>
    given()
      .when({ type, ...membership('a') })
      .thenRefused('not-found'),
  )

  it('takes a member once', () => {
    given(created, added('b'))
      .when({ type: 'AddGroupMember', ...membership('a') })
      .then(added('a'))
    given(created, added('a'))
      .when({ type: 'AddGroupMember', ...membership('a') })
      .thenNothingHappened()
    given(created, added('a'), removed('a'))
      .when({ type: 'AddGroupMember', ...membership('a') })
      .then(added('a'))
  })

  it('lets go of a member, and of nobody else', () => {
    given(created, added('a'), added('b'))
      .when({ type: 'RemoveGroupMember', ...membership('a') })
      .then(removed('a'))
    given(created, added('b'))
      .when({ type: 'RemoveGroupMember', ...membership('a') })
      .thenNothingHappened()
    given(created, added('a'), added('b'), removed('a'))
      .when({ type: 'RemoveGroupMember', ...membership('b') })
      .then(removed('b'))
  })
})

import { describe, expect, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { roleGrant, roleGrantStream, type RoleGrant, type RoleGrantEvent } from './role-grant.ts'

const given = scenarios(roleGrant)
const grant: RoleGrant = { role: 'developer', subject: { kind: 'account', id: 'a1' }, scope: 'main/npm' }
const data = { ...grant, subject: { ...grant.subject } }
const granted: RoleGrantEvent = { type: 'RoleGranted', data }
const revoked: RoleGrantEvent = { type: 'RoleRevoked', data }

describe('a grant of a role', () => {
  it('is given once, and again after it was taken back', () => {
    given().when({ type: 'GrantRole', grant }).then(granted)
    given(granted).when({ type: 'GrantRole', grant }).thenNothingHappened()
    given(granted, revoked).when({ type: 'GrantRole', grant }).then(granted)
  })

  it('is taken back only while it is there', () => {
    given(granted).when({ type: 'RevokeRole', grant }).then(revoked)
    given().when({ type: 'RevokeRole', grant }).thenNothingHappened()
    given(granted, revoked).when({ type: 'RevokeRole', grant }).thenNothingHappened()
  })

  it('has a stream of its own for each role, subject and scope', () => {
    const streams = [
      grant,
      { ...grant, role: 'viewer' as const },
      { ...grant, scope: 'main' },
      { ...grant, subject: { kind: 'group' as const, id: 'a1' } },
      { ...grant, subject: { kind: 'account' as const, id: 'a2' } },
    ].map(roleGrantStream)
    expect(new Set(streams).size).toBe(5)
  })
})

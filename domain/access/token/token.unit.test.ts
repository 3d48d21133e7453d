import { describe, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { token, type TokenEvent } from './token.ts'

const given = scenarios(token)
const data = { tokenId: 't1', accountId: 'a1', actions: ['read'] as 'read'[] }
const created: TokenEvent = { type: 'TokenCreated', data }
const revoked: TokenEvent = { type: 'TokenRevoked', data: { tokenId: 't1', accountId: 'a1' } }

describe('a token', () => {
  it('is created once, with its limits', () => {
    given().when({ type: 'CreateToken', token: data }).then(created)
    given(created).when({ type: 'CreateToken', token: data }).thenRefused('already-exists')
    given(created, revoked).when({ type: 'CreateToken', token: data }).thenRefused('already-exists')
  })

  it('is revoked once', () => {
    given().when({ type: 'RevokeToken' }).thenRefused('not-found')
    given(created).when({ type: 'RevokeToken' }).then(revoked)
    given(created, revoked).when({ type: 'RevokeToken' }).thenNothingHappened()
  })
})

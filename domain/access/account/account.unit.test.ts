import { describe, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { account, type AccountEvent } from './account.ts'

const given = scenarios(account)
const accountId = 'a1'
const created: AccountEvent = { type: 'AccountCreated', data: { accountId, kind: 'human' } }
const disabled: AccountEvent = { type: 'AccountDisabled', data: { accountId } }
const enabled: AccountEvent = { type: 'AccountEnabled', data: { accountId } }
const changed: AccountEvent = { type: 'AccountPasswordChanged', data: { accountId } }

describe('an account', () => {
  it('is created once', () => {
    given().when({ type: 'CreateAccount', accountId, kind: 'human' }).then(created)
    given(created).when({ type: 'CreateAccount', accountId, kind: 'human' }).thenRefused('already-exists')
    given(created, disabled).when({ type: 'CreateAccount', accountId, kind: 'service' }).thenRefused('already-exists')
  })

  it.each(['ChangePassword', 'DisableAccount', 'EnableAccount'] as const)('must exist for %s', (type) =>
    given().when({ type, accountId }).thenRefused('not-found'),
  )

  it('notes each change of its password, also while it is locked', () => {
    given(created).when({ type: 'ChangePassword', accountId }).then(changed)
    given(created, changed).when({ type: 'ChangePassword', accountId }).then(changed)
    given(created, disabled).when({ type: 'ChangePassword', accountId }).then(changed)
  })

  it('is locked and let in, and a repeat changes nothing', () => {
    given(created).when({ type: 'DisableAccount', accountId }).then(disabled)
    given(created, disabled).when({ type: 'DisableAccount', accountId }).thenNothingHappened()
    given(created, disabled, changed).when({ type: 'EnableAccount', accountId }).then(enabled)
    given(created).when({ type: 'EnableAccount', accountId }).thenNothingHappened()
    given(created, disabled, enabled).when({ type: 'EnableAccount', accountId }).thenNothingHappened()
  })
})

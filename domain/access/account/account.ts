import { Type } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, OneOf } from '../../names.ts'
import { streamOfId } from '../../stream-names.ts'

const inAccount = { accountId: Type.String() } as const

export const AccountCreated = eventType(
  'AccountCreated',
  'An account was created. Its login and other personal data are in the vault only.',
  Closed({ ...inAccount, kind: OneOf(['human', 'service'] as const) }),
)
export const AccountPasswordChanged = eventType(
  'AccountPasswordChanged',
  'The password of an account was set or changed.',
  Closed(inAccount),
)
export const AccountDisabled = eventType('AccountDisabled', 'An account was locked out.', Closed(inAccount))
export const AccountEnabled = eventType('AccountEnabled', 'A locked account was let in again.', Closed(inAccount))

export type AccountEvent = EventOf<
  typeof AccountCreated | typeof AccountPasswordChanged | typeof AccountDisabled | typeof AccountEnabled
>

export interface AccountState {
  readonly status: 'absent' | 'active' | 'disabled'
}

export type AccountCommand =
  | { readonly type: 'CreateAccount'; readonly accountId: string; readonly kind: 'human' | 'service' }
  | { readonly type: 'ChangePassword' | 'DisableAccount' | 'EnableAccount'; readonly accountId: string }

/** Random ids, so that no stream name tells a login. */
export const accountStream = (accountId: string): string => streamOfId('account', accountId)

export const account: Decider<AccountState, AccountCommand, AccountEvent> = {
  initialState: { status: 'absent' },
  decide: (command, state) => {
    const { accountId } = command
    if (command.type === 'CreateAccount') {
      if (state.status !== 'absent') throw new DomainError('already-exists', 'This account exists already.')
      return [{ type: 'AccountCreated', data: { accountId, kind: command.kind } }]
    }
    if (state.status === 'absent') throw new DomainError('not-found', 'There is no such account.')
    switch (command.type) {
      case 'ChangePassword':
        return [{ type: 'AccountPasswordChanged', data: { accountId } }]
      case 'DisableAccount':
        return state.status === 'disabled' ? [] : [{ type: 'AccountDisabled', data: { accountId } }]
      case 'EnableAccount':
        return state.status === 'active' ? [] : [{ type: 'AccountEnabled', data: { accountId } }]
      default:
        return assertNever(command)
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'AccountCreated':
      case 'AccountEnabled':
        return { status: 'active' }
      case 'AccountPasswordChanged':
        return state
      case 'AccountDisabled':
        return { status: 'disabled' }
      default:
        return assertNever(event)
    }
  },
}

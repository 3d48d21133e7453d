import { account, accountStream } from '../../domain/access/account/account.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Name } from '../../domain/names.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { requireAccount } from './accounts-by-login.ts'
import { MANAGE_SYSTEM } from './own-or-managed.ts'

export const disableAccount = command({
  name: 'DisableAccount',
  summary: 'Locks an account: its password, sessions and tokens stop working at once.',
  input: Closed({ account: Name }),
  permission: () => MANAGE_SYSTEM,
  handle: async (input, context, dependencies) => {
    const { accountId } = await requireAccount(dependencies, input.account)
    if (accountId === context.principal.accountId)
      throw new DomainError('forbidden', 'You cannot lock your own account: another manager of the system can.')
    const lock = { type: 'DisableAccount', accountId } as const
    const { position } = await decideAndAppend(dependencies, context, accountStream(accountId), account, lock)
    return { position }
  },
})

export const enableAccount = command({
  name: 'EnableAccount',
  summary: 'Lets a locked account in again, with the password and the tokens it had.',
  input: Closed({ account: Name }),
  permission: () => MANAGE_SYSTEM,
  handle: async (input, context, dependencies) => {
    const { accountId } = await requireAccount(dependencies, input.account)
    const release = { type: 'EnableAccount', accountId } as const
    const { position } = await decideAndAppend(dependencies, context, accountStream(accountId), account, release)
    return { position }
  },
})

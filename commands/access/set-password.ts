import { account, accountStream } from '../../domain/access/account/account.ts'
import { allows, type Principal } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Name, Optional } from '../../domain/names.ts'
import type { VaultAccount } from '../../platform/vault/vault.ts'
import { command, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { requireAccount } from './accounts-by-login.ts'
import { ownOrManaged } from './own-or-managed.ts'
import { checkPassword, Password } from './password-rules.ts'

/** The account that is named, or the caller's own. */
const accountToChange = async (
  dependencies: CommandDependencies,
  login: string | undefined,
  principal: Principal,
): Promise<VaultAccount> => {
  if (login !== undefined) return requireAccount(dependencies, login)
  const own = await dependencies.vault.accounts.byId(principal.accountId)
  if (own === undefined) throw new DomainError('invalid-input', 'Name the account whose password is to be set.')
  return own
}

/** So that a stolen token or an unlocked screen is not enough to take an account over. */
const checkCurrentPassword = async ({ vault }: CommandDependencies, login: string, password: string): Promise<void> => {
  const verdict = await vault.passwords.check({ login, password })
  if (verdict.outcome === 'right') return
  if (verdict.outcome === 'wait')
    throw new DomainError('too-many-attempts', 'The current password was wrong too often.', {
      retryAfter: verdict.seconds,
    })
  throw new DomainError('forbidden', 'The current password is not right.')
}

export const setPassword = command({
  name: 'SetPassword',
  summary:
    'Changes a password: your own, which asks for the current one, or as a manager of the system anybody else’s.',
  input: Closed({ account: Optional(Name), password: Password, currentPassword: Optional(Password) }),
  permission: async (input, principal, { vault }) => {
    const ownerId =
      input.account === undefined ? principal?.accountId : (await vault.accounts.byLogin(input.account))?.accountId
    return ownOrManaged(principal, ownerId)
  },
  handle: async (input, context, dependencies) => {
    checkPassword(input.password)
    const { accountId, login, hasPassword } = await accountToChange(dependencies, input.account, context.principal)
    const own = accountId === context.principal.accountId
    if (own && !hasPassword && !allows(context.principal, 'manage', {}))
      throw new DomainError('forbidden', 'This account has no password; a manager of the system can give it one.')
    if (own && hasPassword) {
      if (input.currentPassword === undefined)
        throw new DomainError('invalid-input', 'currentPassword is needed to change your own password.')
      await checkCurrentPassword(dependencies, login, input.currentPassword)
    }
    // The vault first: once the log says so, everybody who remembers the old password asks the vault again.
    await dependencies.vault.passwords.set(accountId, input.password)
    const { position } = await decideAndAppend(dependencies, context, accountStream(accountId), account, {
      type: 'ChangePassword',
      accountId,
    })
    return { position }
  },
})

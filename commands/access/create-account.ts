import { account, accountStream } from '../../domain/access/account/account.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Name, OneOf, Optional } from '../../domain/names.ts'
import { derivedId } from '../../platform/ids.ts'
import { hasCode } from '../../platform/platform-error.ts'
import { command, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { findAccount } from './accounts-by-login.ts'
import { MANAGE_SYSTEM } from './own-or-managed.ts'
import { checkPassword, Password } from './password-rules.ts'

interface NewAccount {
  readonly account: string
  readonly kind: 'human' | 'service'
  readonly password?: string
}

/** The vault decides who has a login, before the log hears of the account; a login that a crash left reserved is freed. */
const reserveLogin = async (
  dependencies: CommandDependencies,
  accountId: string,
  { account: login, kind, password }: NewAccount,
): Promise<void> => {
  const wanted = { accountId, login, kind, password }
  if (await dependencies.vault.accounts.reserve(wanted)) return
  await findAccount(dependencies, login)
  if (await dependencies.vault.accounts.reserve(wanted)) return
  throw new DomainError('already-exists', `There is an account ${login} already.`)
}

export const createAccount = command({
  name: 'CreateAccount',
  summary: 'Creates an account of a person or of a program; without a password it can only use tokens.',
  input: Closed({ account: Name, kind: OneOf(['human', 'service'] as const), password: Optional(Password) }),
  answers: ['id'],
  permission: () => MANAGE_SYSTEM,
  handle: async (input, context, dependencies) => {
    const { account: login, kind, password } = input
    if (password !== undefined) checkPassword(password)
    const accountId = derivedId(context.commandId, 'account')
    await reserveLogin(dependencies, accountId, input)
    const creation = { type: 'CreateAccount', accountId, kind } as const
    const stream = accountStream(accountId)
    const { position } = await decideAndAppend(dependencies, context, stream, account, creation).catch(
      async (error: unknown) => {
        // With an unknown outcome the account may exist: whoever needs the login next asks the log.
        if (!hasCode(error, 'unknown-outcome')) await dependencies.vault.accounts.release(accountId)
        throw error
      },
    )
    if (!(await dependencies.vault.accounts.confirm(accountId)))
      throw new DomainError('already-exists', `The login ${login} was given to another account meanwhile.`)
    return { position, id: accountId }
  },
})

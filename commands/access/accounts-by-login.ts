import { account, accountStream } from '../../domain/access/account/account.ts'
import { DomainError } from '../../domain/errors.ts'
import type { VaultAccount } from '../../platform/vault/vault.ts'
import type { CommandDependencies } from '../command.ts'

/** Longer than any append is tried: a login that is reserved for longer without an account will never get one. */
const ABANDONED_AFTER = 300_000

/** Whether the log has the account; notes in the vault what it says. */
const settleReservation = async (
  { vault, folds, clock }: CommandDependencies,
  { accountId, reservedAt }: VaultAccount,
): Promise<boolean> => {
  const { state } = await folds.load(accountStream(accountId), account)
  if (state.status !== 'absent') await vault.accounts.confirm(accountId)
  else if (clock.now() - reservedAt > ABANDONED_AFTER) await vault.accounts.release(accountId)
  return state.status !== 'absent'
}

/** The account with this login, or undefined; a reservation that a crash left behind is confirmed or released. */
export const findAccount = async (
  dependencies: CommandDependencies,
  login: string,
): Promise<VaultAccount | undefined> => {
  const found = await dependencies.vault.accounts.byLogin(login)
  if (found === undefined || found.confirmed) return found
  return (await settleReservation(dependencies, found)) ? found : undefined
}

/** @throws {DomainError} `not-found` */
export const requireAccount = async (dependencies: CommandDependencies, login: string): Promise<VaultAccount> => {
  const found = await findAccount(dependencies, login)
  if (found === undefined) throw new DomainError('not-found', `There is no account ${login}.`)
  return found
}

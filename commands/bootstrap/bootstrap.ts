import { systemPrincipal } from '../../domain/access/authorise.ts'
import { roleGrant, roleGrantStream } from '../../domain/access/role-grant/role-grant.ts'
import { FORMATS } from '../../domain/names.ts'
import { NO_STREAM } from '../../platform/event-store/event-store.ts'
import { newId } from '../../platform/ids.ts'
import type { Caller, CommandDependencies } from '../command.ts'
import { createProject } from '../registry/create-project.ts'
import { createRepository } from '../registry/create-repository.ts'
import type { RunCommand } from '../run-command.ts'
import { discardPassword, generatedPassword } from './admin-password.ts'
import { createAccount } from '../access/create-account.ts'
import { grantRole } from '../access/grant-role.ts'
import { checkPassword } from '../access/password-rules.ts'

export interface BootstrapOptions {
  /** Undefined: one is generated and kept in `admin-password` in the data folder. */
  readonly adminPassword?: string | undefined
  readonly dataFolder: string
}

export interface Bootstrapped {
  /** False: it was done by an earlier start, or by another process at the same time. */
  readonly created: boolean
  /** The generated password, to be printed once. */
  readonly password?: string
}

const ADMIN = 'admin'
const PROJECT = 'main'

/**
 * The last step of a bootstrap is the grant to `admin`: its stream tells, for ever, that all was done, also when the role was
 * revoked since.
 */
const isDone = async ({ vault, folds }: CommandDependencies): Promise<boolean> => {
  const admin = await vault.accounts.byLogin(ADMIN)
  if (admin === undefined) return false
  const subject = { kind: 'account', id: admin.accountId } as const
  const grant = await folds.load(roleGrantStream({ role: 'admin', subject, scope: 'system' }), roleGrant)
  return grant.revision !== NO_STREAM
}

/**
 * What a new store begins with: the account `admin`, the project `main` with one hosted repository per format, and the grant
 * that lets `admin` manage the system. Each step has a key of its own, so that a start after a crash in the middle, or several
 * starts at once, do each once. Once done it never runs again: an `adminPassword` that is given later changes nothing, for
 * SetPassword is the way to change it.
 * @throws {DomainError} `invalid-input`: the given password breaks the rules
 */
export const bootstrap = async (
  run: RunCommand,
  dependencies: CommandDependencies,
  { adminPassword, dataFolder }: BootstrapOptions,
): Promise<Bootstrapped> => {
  if (await isDone(dependencies)) return { created: false }
  const password = adminPassword ?? (await generatedPassword(dataFolder))
  checkPassword(password)
  const correlationId = newId()
  const step = (key: string): Caller => ({
    principal: systemPrincipal('bootstrap'),
    correlationId,
    key: `bootstrap ${key}`,
  })
  // The password is no part of the keyed command: a start with another one after a crash goes on where the first stopped.
  const { id } = await run(createAccount, { account: ADMIN, kind: 'human' }, step('account'))
  await dependencies.vault.passwords.setFirst(id, password)
  await run(createProject, { project: PROJECT }, step('project'))
  for (const format of FORMATS) {
    const repository = { project: PROJECT, repository: format, format, kind: 'hosted' } as const
    await run(createRepository, repository, step(`repository ${format}`))
  }
  await run(grantRole, { role: 'admin', account: ADMIN, scope: 'system' }, step('grant'))
  if (adminPassword !== undefined) return { created: true }

  // Of several processes that began at once, one gave the account its password.
  const verdict = await dependencies.vault.passwords.check({ login: ADMIN, password })
  if (verdict.outcome !== 'wrong') return { created: true, password }
  await discardPassword(dataFolder)
  return { created: false }
}

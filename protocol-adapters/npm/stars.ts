import { starPackage, unstarPackage } from '../../commands/registry/star-package.ts'
import { allows } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { starsOf } from '../../projections/package-stars/queries.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { requirePresent } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import { npmCaller } from './npm-caller.ts'
import { readText, requirePrincipal, sendJson, type InRepositoryExchange, type Operation } from './npm-request.ts'
import { requirePackage } from './read-package.ts'

const MOST_STARS = 1000

/** What an account starred, of that what the asker may read. */
const readableStars = async (exchange: InRepositoryExchange, accountId: string): Promise<readonly string[]> => {
  const { gateway, repository } = exchange
  const principal = requirePrincipal(exchange)
  const { repositoryId, project, repository: repo, public: open, asOf } = repository
  const names = await starsOf(gateway.sql, repositoryId, accountId, MOST_STARS, asOf)
  return names.filter((name) => open || allows(principal, 'read', { project, repository: repo, name }))
}

const accountIdOf = async ({ gateway }: InRepositoryExchange, login: string): Promise<string> => {
  const account = await gateway.vault.accounts.byLogin(login)
  if (account?.confirmed !== true) throw new DomainError('not-found', `There is no account ${login}.`)
  return account.accountId
}

/** `npm stars [user]`: `?key="login"`. */
export const readStarred: Operation<'starred', InRepositoryExchange> = async (exchange) => {
  requirePrincipal(exchange)
  const { key } = exchange.request.query as Readonly<Record<string, unknown>>
  const login = typeof key === 'string' ? key.replace(/^"(.*)"$/, '$1') : ''
  const names = await readableStars(exchange, await accountIdOf(exchange, login))
  return sendJson(exchange.reply, { rows: names.map((name) => ({ key: login, value: name })) })
}

/** `pnpm stars`. */
export const readOwnStars: Operation<'star', InRepositoryExchange> = async (exchange) =>
  sendJson(exchange.reply, await readableStars(exchange, requirePrincipal(exchange).accountId))

/** `pnpm stars <user>`. */
export const readUserStars: Operation<'user-stars', InRepositoryExchange> = async (exchange, { user }) => {
  requirePrincipal(exchange)
  return sendJson(exchange.reply, await readableStars(exchange, await accountIdOf(exchange, user)))
}

const change =
  (command: typeof starPackage): Operation<'star', InRepositoryExchange> =>
  async (exchange) => {
    const { gateway, repository, request, reply, principal } = exchange
    requirePresent(repository)
    const name = await readText(exchange, 'package')
    await requirePackage(exchange, name)
    const { project, repository: repo } = repository
    const { position } = await gateway.run(command, { project, repository: repo, package: name }, npmCaller(exchange))
    recordCommand(gateway, request, principal, command.name)
    return sendJson(reply.header(POSITION_HEADER, position), { ok: true })
  }

/** `pnpm star` and `pnpm unstar`; npm puts the package document back (packument-changes.ts). */
export const addStar = change(starPackage)
export const removeStar = change(unstarPackage)

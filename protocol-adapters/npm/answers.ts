import { DomainError } from '../../domain/errors.ts'
import { loginOf, requirePrincipal, sendJson } from './npm-request.ts'
import type { InRepositoryExchange, NpmExchange, Operation } from './npm-request.ts'

export const ping: Operation<'ping', NpmExchange> = async ({ reply }) => sendJson(reply, {})

export const whoami: Operation<'whoami', NpmExchange> = async (exchange) =>
  sendJson(exchange.reply, { username: await loginOf(exchange) })

/** `npm owner add` asks for the account first. Mail addresses are not told. */
export const readUser: Operation<'user', NpmExchange> = async (exchange, { user }) => {
  requirePrincipal(exchange)
  const account = await exchange.gateway.vault.accounts.byLogin(user)
  if (account?.confirmed !== true) throw new DomainError('not-found', `There is no account ${user}.`)
  return sendJson(exchange.reply, { _id: `org.couchdb.user:${account.login}`, name: account.login, email: '' })
}

/** The root of the registry, by which tools see that one is there. */
export const root: Operation<'root', InRepositoryExchange> = async ({ reply, repository }) =>
  sendJson(reply, { db_name: `${repository.project}/${repository.segment}` })

/** `npm audit`: no advisories are known here, so the answer is that none apply. */
export const audit: Operation<'audit', InRepositoryExchange> = async ({ reply }, { form }) =>
  sendJson(
    reply,
    form === 'bulk'
      ? {}
      : {
          actions: [],
          advisories: {},
          muted: [],
          metadata: {
            vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0 },
            dependencies: 0,
            devDependencies: 0,
            optionalDependencies: 0,
            totalDependencies: 0,
          },
        },
  )

/** Keys of registry signatures: there are none, which `npm audit signatures` takes as such. */
export const keys: Operation<'keys', InRepositoryExchange> = async ({ reply }) => sendJson(reply, { keys: [] })

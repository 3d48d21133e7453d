import { EXIT } from './exit-codes.ts'
import { wrongCall } from './failure.ts'
import { withClient } from './known-server.ts'
import { instantOf } from './moment.ts'
import type { ServerArguments } from './options.ts'
import { table } from './output.ts'
import { allNodes, enumWord } from './pages.ts'
import type { Session } from './session.ts'

interface Token {
  readonly tokenId: string
  readonly name: string | null
  readonly account: { readonly accountId: string; readonly login: string | null }
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly expired: boolean
  readonly actions: readonly string[] | null
  readonly scopes: readonly string[] | null
  readonly cidrs: readonly string[] | null
}

const TOKENS = `query ($account: String, $all: Boolean, $first: Int, $after: String) {
  page: tokens(account: $account, all: $all, first: $first, after: $after) {
    nodes { tokenId name account { accountId login } createdAt expiresAt expired actions scopes cidrs }
    pageInfo { hasNextPage endCursor }
  }
}`

const limitsOf = ({ actions, scopes, cidrs }: Token): string =>
  [actions, scopes, cidrs].flatMap((list) => (list === null ? [] : [list.join(',')])).join(' ')

interface ListArguments extends ServerArguments {
  readonly account: string | undefined
  readonly all: boolean
}

/** `waybill token list` */
export const listTokens = (args: ListArguments, session: Session): Promise<number> => {
  if (args.all && args.account !== undefined) throw wrongCall('--all and --account contradict each other')
  return withClient(args, session, async (client) => {
    const found = await allNodes<Token>(client, TOKENS, { account: args.account, all: args.all })
    const tokens = found.map((token) => ({ ...token, actions: token.actions?.map(enumWord) ?? null }))
    const { output } = session
    if (output.json) await output.document(tokens)
    else {
      const rows = tokens.map((token) => [
        token.tokenId,
        token.name ?? '',
        token.account.login ?? token.account.accountId,
        token.createdAt,
        token.expired ? 'expired' : (token.expiresAt ?? 'never'),
        limitsOf(token),
      ])
      await output.say(table(['ID', 'NAME', 'ACCOUNT', 'CREATED', 'EXPIRES', 'LIMITS'], rows))
    }
    return EXIT.done[0]
  })
}

interface CreateArguments extends ServerArguments {
  readonly name: string
  readonly account: string | undefined
  readonly expiresAt: string | undefined
  readonly action: readonly string[] | undefined
  readonly scope: readonly string[] | undefined
  readonly cidr: readonly string[] | undefined
}

/** `waybill token create`: the token alone on standard output, so that a script can take it. */
export const createToken = (args: CreateArguments, session: Session): Promise<number> =>
  withClient(args, session, async (client) => {
    const { name, account, action, scope, cidr } = args
    const expiresAt = args.expiresAt === undefined ? undefined : instantOf(args.expiresAt)
    const made = await client.command('CreateToken', {
      name,
      account,
      expiresAt,
      actions: action,
      scopes: scope,
      cidrs: cidr,
    })
    const { output } = session
    output.note(`token ${String(made['id'])}, shown only this once:`)
    if (output.json) await output.document(made)
    else await output.say(String(made['token']))
    return EXIT.done[0]
  })

/** `waybill token revoke` */
export const revokeTokens = (args: ServerArguments & { readonly ids: readonly string[] }, session: Session) =>
  withClient(args, session, async (client) => {
    const { output } = session
    const revoked: object[] = []
    for (const id of args.ids) {
      revoked.push({ id, ...(await client.command('RevokeToken', { id })) })
      if (!output.json) await output.say(`revoked ${id}`)
    }
    if (output.json) await output.document(revoked)
    return EXIT.done[0]
  })

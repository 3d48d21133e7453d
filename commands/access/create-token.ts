import { createHash } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { account, accountStream } from '../../domain/access/account/account.ts'
import { ACTIONS, type Principal } from '../../domain/access/authorise.ts'
import { ScopeText } from '../../domain/access/scope.ts'
import { token, tokenStream, type TokenCreated } from '../../domain/access/token/token.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Name, OneOf, Optional } from '../../domain/names.ts'
import { derivedId, newSecret } from '../../platform/ids.ts'
import { command, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { requireAccount } from './accounts-by-login.ts'
import { ownOrManaged } from './own-or-managed.ts'
import { checkedLimits, limitsWithin, type TokenLimits } from './token-limits.ts'

const few = { minItems: 1, maxItems: 100 } as const

/** Whose token it will be. */
const ownerOf = async (dependencies: CommandDependencies, login: string | undefined, principal: Principal) => {
  const accountId = login === undefined ? principal.accountId : (await requireAccount(dependencies, login)).accountId
  const { state } = await dependencies.folds.load(accountStream(accountId), account)
  if (state.status === 'absent') throw new DomainError('invalid-input', 'Name the account that the token is for.')
  if (state.status === 'disabled') throw new DomainError('forbidden', 'The account is locked.')
  return accountId
}

/** The limits of the token that the caller signed in with. */
const limitsOfMaker = async ({ folds }: CommandDependencies, { via }: Principal): Promise<TokenLimits> => {
  const tokenId = /^token:(.+)$/.exec(via)?.[1]
  if (tokenId === undefined) return {}
  const { state } = await folds.load(tokenStream(tokenId), token)
  if (state.status !== 'active') throw new DomainError('unauthenticated', 'The token you sign in with was revoked.')
  return state.token
}

const alreadyShown = () =>
  new DomainError('secret-already-shown', 'This token was created before; its text cannot be shown again.')

export const createToken = command({
  name: 'CreateToken',
  summary: 'Creates a token of your own account, or as a manager of the system of any; its text is shown once.',
  input: Closed({
    name: Type.String({ minLength: 1, maxLength: 200, description: 'what it is for' }),
    account: Optional(Name),
    expiresAt: Optional(Type.String({ maxLength: 30, description: 'an instant like 2026-12-31T12:00:00Z' })),
    actions: Optional(Type.Array(OneOf(ACTIONS), few)),
    scopes: Optional(Type.Array(ScopeText, few)),
    cidrs: Optional(Type.Array(Type.String({ maxLength: 64 }), { ...few, description: 'networks it works from' })),
  }),
  answers: ['id', 'token'],
  secret: 'token',
  permission: async (input, principal, { vault }) => {
    const ownerId =
      input.account === undefined ? principal?.accountId : (await vault.accounts.byLogin(input.account))?.accountId
    return ownOrManaged(principal, ownerId)
  },
  handle: async (input, context, dependencies) => {
    const { name, account: login, ...asked } = input
    const tokenId = derivedId(context.commandId, 'token')
    if (context.repeat) {
      const { state } = await dependencies.folds.load(tokenStream(tokenId), token)
      if (state.status !== 'absent') throw alreadyShown()
    }
    const accountId = await ownerOf(dependencies, login, context.principal)
    const maker = await limitsOfMaker(dependencies, context.principal)
    const limits = limitsWithin(checkedLimits(asked, dependencies.clock.now()), maker)

    const secret = newSecret('wbt')
    const secretHash = createHash('sha256').update(secret).digest('hex')
    await dependencies.vault.tokens.keep({ tokenId, accountId, name, secretHash })
    const created = { tokenId, accountId, ...limits } as Static<typeof TokenCreated.data>
    const { position, unchanged } = await decideAndAppend(dependencies, context, tokenStream(tokenId), token, {
      type: 'CreateToken',
      token: created,
    })
    if (unchanged) throw alreadyShown()
    return { position, id: tokenId, token: secret }
  },
})

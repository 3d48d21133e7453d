import { Type } from 'typebox'
import type { Principal } from '../../domain/access/authorise.ts'
import { token, tokenStream } from '../../domain/access/token/token.ts'
import { Closed } from '../../domain/names.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { MANAGE_SYSTEM, ownOrManaged } from './own-or-managed.ts'

/** A token that is limited may end itself, but not the others of its account. */
const mayAsOwner = (principal: Principal | undefined, tokenId: string): boolean =>
  principal?.limits === undefined || principal.via === `token:${tokenId}`

export const revokeToken = command({
  name: 'RevokeToken',
  summary: 'Ends a token: your own, or as a manager of the system any; it stops working at once.',
  input: Closed({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  // Somebody else's token and one that never was are refused alike.
  permission: async ({ id }, principal, { folds }) => {
    const { state } = await folds.load(tokenStream(id), token)
    if (state.status === 'absent' || !mayAsOwner(principal, id)) return MANAGE_SYSTEM
    return ownOrManaged(principal, state.token.accountId)
  },
  handle: async ({ id }, context, dependencies) => {
    const end = { type: 'RevokeToken' } as const
    const { position } = await decideAndAppend(dependencies, context, tokenStream(id), token, end)
    return { position }
  },
})

import { Type, type Static } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, OneOf, Optional } from '../../names.ts'
import { streamOfId } from '../../stream-names.ts'
import { ACTIONS } from '../authorise.ts'
import { SCOPE_PATTERN } from '../scope.ts'

const inToken = { tokenId: Type.String(), accountId: Type.String() } as const

/** What narrows a token: absent fields do not limit. */
export const TokenLimits = {
  expiresAt: Optional(Type.String({ description: 'RFC 3339 instant after which the token is refused' })),
  actions: Optional(Type.Array(OneOf(ACTIONS), { minItems: 1 })),
  scopes: Optional(Type.Array(Type.String({ pattern: SCOPE_PATTERN }), { minItems: 1, maxItems: 100 })),
  cidrs: Optional(
    Type.Array(Type.String(), { minItems: 1, maxItems: 100, description: 'networks it may be used from' }),
  ),
} as const

export const TokenCreated = eventType(
  'TokenCreated',
  'A token of an account was created. Its name and the SHA-256 of its secret are in the vault only.',
  Closed({ ...inToken, ...TokenLimits }),
)
export const TokenRevoked = eventType('TokenRevoked', 'A token was revoked.', Closed(inToken))

export type TokenEvent = EventOf<typeof TokenCreated | typeof TokenRevoked>

export type TokenCommand =
  { readonly type: 'CreateToken'; readonly token: Static<typeof TokenCreated.data> } | { readonly type: 'RevokeToken' }

export type TokenState =
  | { readonly status: 'absent' }
  | { readonly status: 'active' | 'revoked'; readonly token: Static<typeof TokenCreated.data> }

export const tokenStream = (tokenId: string): string => streamOfId('token', tokenId)

export const token: Decider<TokenState, TokenCommand, TokenEvent> = {
  initialState: { status: 'absent' },
  decide: (command, state) => {
    switch (command.type) {
      case 'CreateToken':
        if (state.status !== 'absent') throw new DomainError('already-exists', 'This token exists already.')
        return [{ type: 'TokenCreated', data: command.token }]
      case 'RevokeToken': {
        if (state.status === 'absent') throw new DomainError('not-found', 'There is no such token.')
        const { status, token } = state
        const { tokenId, accountId } = token
        return status === 'revoked' ? [] : [{ type: 'TokenRevoked', data: { tokenId, accountId } }]
      }
      default:
        return assertNever(command)
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'TokenCreated':
        return { status: 'active', token: event.data }
      case 'TokenRevoked':
        return state.status === 'absent' ? state : { ...state, status: 'revoked' }
      default:
        return assertNever(event)
    }
  },
}

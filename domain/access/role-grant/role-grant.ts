import { Type } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, OneOf } from '../../names.ts'
import { streamName } from '../../stream-names.ts'
import { ROLES, type Role } from '../authorise.ts'
import { SCOPE_PATTERN } from '../scope.ts'

const inGrant = {
  role: OneOf(ROLES),
  subject: Closed({ kind: OneOf(['account', 'group'] as const), id: Type.String() }),
  scope: Type.String({ pattern: SCOPE_PATTERN }),
} as const

export const RoleGranted = eventType('RoleGranted', 'An account or a group got a role on a scope.', Closed(inGrant))
export const RoleRevoked = eventType('RoleRevoked', 'An account or a group lost a role on a scope.', Closed(inGrant))

export type RoleGrantEvent = EventOf<typeof RoleGranted | typeof RoleRevoked>

export interface RoleGrant {
  readonly role: Role
  /** Account id, or group name. */
  readonly subject: { readonly kind: 'account' | 'group'; readonly id: string }
  readonly scope: string
}

export interface RoleGrantCommand {
  readonly type: 'GrantRole' | 'RevokeRole'
  readonly grant: RoleGrant
}

export interface RoleGrantState {
  readonly granted: boolean
}

export const roleGrantStream = ({ role, subject, scope }: RoleGrant): string =>
  streamName('roleGrant', role, subject.kind, subject.id, scope)

export const roleGrant: Decider<RoleGrantState, RoleGrantCommand, RoleGrantEvent> = {
  initialState: { granted: false },
  decide: (command, state) => {
    const data = { ...command.grant, subject: { ...command.grant.subject } }
    switch (command.type) {
      case 'GrantRole':
        return state.granted ? [] : [{ type: 'RoleGranted', data }]
      case 'RevokeRole':
        return state.granted ? [{ type: 'RoleRevoked', data }] : []
      default:
        return assertNever(command.type)
    }
  },
  evolve: (_, event) => ({ granted: event.type === 'RoleGranted' }),
}

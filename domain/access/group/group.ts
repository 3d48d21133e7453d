import { Type } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, Name } from '../../names.ts'
import { streamName } from '../../stream-names.ts'

const inMembership = { group: Name, accountId: Type.String() } as const

export const GroupCreated = eventType('GroupCreated', 'A group of accounts was created.', Closed({ group: Name }))
export const GroupMemberAdded = eventType('GroupMemberAdded', 'An account joined a group.', Closed(inMembership))
export const GroupMemberRemoved = eventType('GroupMemberRemoved', 'An account left a group.', Closed(inMembership))

export type GroupEvent = EventOf<typeof GroupCreated | typeof GroupMemberAdded | typeof GroupMemberRemoved>

export interface GroupState {
  readonly exists: boolean
  readonly members: ReadonlySet<string>
}

export type GroupCommand =
  | { readonly type: 'CreateGroup'; readonly group: string }
  | { readonly type: 'AddGroupMember' | 'RemoveGroupMember'; readonly group: string; readonly accountId: string }

export const groupStream = (group: string): string => streamName('group', group)

export const group: Decider<GroupState, GroupCommand, GroupEvent> = {
  initialState: { exists: false, members: new Set() },
  decide: (command, state) => {
    const { group } = command
    if (command.type === 'CreateGroup') {
      if (state.exists) throw new DomainError('already-exists', `There is a group ${group} already.`)
      return [{ type: 'GroupCreated', data: { group } }]
    }
    if (!state.exists) throw new DomainError('not-found', `There is no group ${group}.`)
    const { accountId } = command
    const member = state.members.has(accountId)
    switch (command.type) {
      case 'AddGroupMember':
        return member ? [] : [{ type: 'GroupMemberAdded', data: { group, accountId } }]
      case 'RemoveGroupMember':
        return member ? [{ type: 'GroupMemberRemoved', data: { group, accountId } }] : []
      default:
        return assertNever(command)
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'GroupCreated':
        return { exists: true, members: new Set() }
      case 'GroupMemberAdded':
        return { ...state, members: new Set([...state.members, event.data.accountId]) }
      case 'GroupMemberRemoved':
        return { ...state, members: new Set([...state.members].filter((id) => id !== event.data.accountId)) }
      default:
        return assertNever(event)
    }
  },
}

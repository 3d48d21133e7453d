import { group, groupStream } from '../../domain/access/group/group.ts'
import { Closed, Name } from '../../domain/names.ts'
import { command, type CommandContext, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { requireAccount } from './accounts-by-login.ts'
import { MANAGE_SYSTEM } from './own-or-managed.ts'

const Membership = Closed({ group: Name, account: Name })

export const createGroup = command({
  name: 'CreateGroup',
  summary: 'Creates a group of accounts, to which roles can be granted.',
  input: Closed({ group: Name }),
  permission: () => MANAGE_SYSTEM,
  handle: async (input, context, dependencies) => {
    const creation = { type: 'CreateGroup', group: input.group } as const
    const { position } = await decideAndAppend(dependencies, context, groupStream(input.group), group, creation)
    return { position }
  },
})

const change = async (
  type: 'AddGroupMember' | 'RemoveGroupMember',
  input: { readonly group: string; readonly account: string },
  context: CommandContext,
  dependencies: CommandDependencies,
) => {
  const { accountId } = await requireAccount(dependencies, input.account)
  const { position } = await decideAndAppend(dependencies, context, groupStream(input.group), group, {
    type,
    group: input.group,
    accountId,
  })
  return { position }
}

export const addGroupMember = command({
  name: 'AddGroupMember',
  summary: 'Puts an account into a group; it has the roles of the group from then on.',
  input: Membership,
  permission: () => MANAGE_SYSTEM,
  handle: (input, context, dependencies) => change('AddGroupMember', input, context, dependencies),
})

export const removeGroupMember = command({
  name: 'RemoveGroupMember',
  summary: 'Takes an account out of a group; the roles of the group leave it at once.',
  input: Membership,
  permission: () => MANAGE_SYSTEM,
  handle: (input, context, dependencies) => change('RemoveGroupMember', input, context, dependencies),
})

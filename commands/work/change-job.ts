import { Type } from 'typebox'
import { job, jobStream } from '../../domain/work/job/job.ts'
import { Closed } from '../../domain/names.ts'
import { MANAGE_SYSTEM } from '../access/own-or-managed.ts'
import { command, type CommandContext, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'

const input = Closed({
  id: Type.String({
    pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    description: 'id of a pending or dead job',
  }),
})

const change =
  (type: 'RetryJob' | 'DropJob') =>
  async ({ id }: { readonly id: string }, context: CommandContext, dependencies: CommandDependencies) => {
    const { position } = await decideAndAppend(dependencies, context, jobStream(id), job, { type, jobId: id })
    return { position }
  }

export const retryJob = command({
  name: 'RetryJob',
  summary: 'Tries a dead job anew, behind the others of its key; for any other job it changes nothing.',
  input,
  permission: () => MANAGE_SYSTEM,
  handle: change('RetryJob'),
})

export const dropJob = command({
  name: 'DropJob',
  summary: 'Takes a pending or dead job out, so that it is not carried out any more.',
  input,
  permission: () => MANAGE_SYSTEM,
  handle: change('DropJob'),
})

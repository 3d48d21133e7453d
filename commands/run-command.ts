import { createHmac } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { authorise } from '../domain/access/authorise.ts'
import { DomainError } from '../domain/errors.ts'
import { derivedId, newId } from '../platform/ids.ts'
import type { Caller, Command, CommandContext, CommandDependencies, CommandResult } from './command.ts'
import type { IdempotencyRecord } from './idempotency.ts'
import { validate } from './validate.ts'

/** The command pipeline, the same for REST, GraphQL, the command line and every protocol. */
export type RunCommand = <Schema extends TSchema, Result extends CommandResult>(
  command: Command<Schema, Result>,
  input: Static<Schema>,
  caller: Caller,
) => Promise<Result>

/** Tells inputs apart. Keyed, because an input may hold a password, which a plain hash would let anybody guess at. */
type HashInput = (input: unknown) => string

const hashWith =
  (key: Uint8Array): HashInput =>
  (input) =>
    createHmac('sha256', key)
      .update(`command input\n${JSON.stringify(input)}`)
      .digest('hex')

const identify = (
  command: Command,
  input: unknown,
  caller: Caller,
  hashOf: HashInput,
): { commandId: string; repeat: boolean } => {
  const actor = caller.principal?.accountId ?? ''
  if (caller.key !== undefined)
    return { commandId: derivedId('command', actor, command.name, caller.key), repeat: true }
  if (caller.session !== undefined)
    return { commandId: derivedId('try', actor, command.name, caller.session, hashOf(input)), repeat: true }
  return { commandId: newId(), repeat: false }
}

const withoutSecret = (command: Command, result: CommandResult): CommandResult => {
  if (command.secret === undefined) return result
  const { [command.secret]: _, ...kept } = result
  return { ...kept, position: result.position }
}

const answered = (command: Command, result: unknown): CommandResult => {
  if (command.secret !== undefined)
    throw new DomainError('secret-already-shown', `${command.name} was carried out with this key before.`)
  return result as CommandResult
}

/** Checks the permission, and counts the refusal of somebody who is signed in. */
const authoriseCommand = async (
  command: Command,
  input: unknown,
  caller: Caller,
  dependencies: CommandDependencies,
) => {
  const { principal } = caller
  const { action, resource, open } = await command.permission(input, principal, dependencies)
  try {
    authorise(principal, action, resource, { open: open ?? false })
  } catch (error) {
    if (principal !== undefined) dependencies.denied(principal, action, resource)
    throw error
  }
}

/**
 * `secretKey` keys the hashes by which repeats are recognised; they are stored, and in event ids.
 *
 * Authenticated, validated once, authorised, recognised when it is a repeat, handled; answers when the read models of this
 * process have caught up with it.
 */
export const commandRunner = (
  dependencies: CommandDependencies,
  record: IdempotencyRecord,
  secretKey: Uint8Array,
): RunCommand => {
  const hashOf = hashWith(secretKey)
  const run = async (command: Command, input: unknown, caller: Caller): Promise<CommandResult> => {
    const { principal } = caller
    if (principal === undefined) throw new DomainError('unauthenticated', `Credentials are needed for ${command.name}.`)
    validate(command.input, input)
    await authoriseCommand(command, input, caller, dependencies)

    const { commandId, repeat } = identify(command, input, caller, hashOf)
    if (caller.key !== undefined) {
      const known = await record.begin(commandId, hashOf(input))
      if (known.status === 'other-payload')
        throw new DomainError('idempotency-mismatch', `The key was used for another ${command.name} before.`)
      if (known.status === 'answered') {
        const first = answered(command, known.result)
        await dependencies.settled(first.position)
        return first
      }
    }
    const context: CommandContext = {
      principal,
      commandId,
      correlationId: caller.correlationId,
      expectedRevision: caller.expectedRevision,
      repeat,
    }
    const result = await command.handle(input, context, dependencies)
    if (caller.key !== undefined) await record.answer(commandId, withoutSecret(command, result))
    await dependencies.settled(result.position, { early: caller.early ?? false })
    return result
  }
  return run as unknown as RunCommand
}

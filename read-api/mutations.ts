import { CATALOGUE } from '../commands/catalogue.ts'
import type { Caller, Command, CommandResult } from '../commands/command.ts'
import { DomainError } from '../domain/errors.ts'
import { builder } from './builder.ts'
import { inputOf } from './command-input.ts'
import type { Context } from './context.ts'
import { Kind } from './graphql-js.ts'

const KEY = /^[\x21-\x7e]{1,255}$/

/** A command with a key of its own, or with the request's: shared by several mutations it is told apart by their names. */
const callerOf = (
  { api, http, principal }: Context,
  key: string | null | undefined,
  alias: string | undefined,
): Caller => {
  const caller = api.callerOf(http, principal)
  if (key !== null && key !== undefined) {
    if (!KEY.test(key))
      throw new DomainError('invalid-input', 'The idempotencyKey must be 1 to 255 printable ASCII characters.')
    return { ...caller, key }
  }
  return caller.key === undefined || alias === undefined ? caller : { ...caller, key: `${caller.key} ${alias}` }
}

const payloadOf = ({ name, answers = [], secret }: Command) =>
  builder.objectRef<CommandResult>(`${name}Payload`).implement({
    fields: (t) => ({
      position: t.field({
        type: 'Position',
        description: 'Where the change stands in the log.',
        resolve: ({ position }) => position,
      }),
      ...Object.fromEntries(
        [...new Set([...answers, ...(secret === undefined ? [] : [secret])])].map((field) => [
          field,
          t.string({
            nullable: true,
            ...(field === secret ? { description: 'Shown once, in this answer only.' } : {}),
            resolve: (result) => (result[field] as string | undefined) ?? null,
          }),
        ]),
      ),
    }),
  })

/** One mutation for each public command of the catalogue, which is the only place where commands are listed. */
for (const command of CATALOGUE.filter(({ internal }) => internal !== true)) {
  const { name, summary } = command
  const { type, read } = inputOf(command.input, `${name}Input`)
  builder.mutationField(`${name.charAt(0).toLowerCase()}${name.slice(1)}`, (t) =>
    t.field({
      type: payloadOf(command),
      nullable: true,
      description: summary,
      args: {
        input: t.arg({ type: type as 'String', required: true }),
        idempotencyKey: t.arg.string({
          description:
            'A repeat with the same key returns the first answer; without it the Idempotency-Key header is used.',
        }),
      },
      resolve: async (_, { input, idempotencyKey }, context, { operation, path }) => {
        const [only, ...others] = operation.selectionSet.selections
        const alone = only?.kind === Kind.FIELD && others.length === 0
        const caller = callerOf(context, idempotencyKey, alone ? undefined : String(path.key))
        const result = await context.api.run(command, read(input), caller)
        context.api.recordCommand(context.http, context.principal, name)
        return result
      },
    }),
  )
}

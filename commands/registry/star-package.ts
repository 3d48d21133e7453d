import { Type } from 'typebox'
import type { Principal } from '../../domain/access/authorise.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed } from '../../domain/names.ts'
import { star, starStream } from '../../domain/registry/star/star.ts'
import { command, type CommandContext, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onRepository, repositoryInput, requireRepository } from './in-repository.ts'

const starInput = Closed({ ...repositoryInput, package: Type.String({ minLength: 1, maxLength: 512 }) })

interface StarInput {
  readonly project: string
  readonly repository: string
  readonly package: string
}

const mayRead = (input: StarInput, principal: Principal | undefined, dependencies: CommandDependencies) =>
  onRepository('read', input, input.package, principal, dependencies)

const change = async (
  type: 'StarPackage' | 'UnstarPackage',
  input: StarInput,
  context: CommandContext,
  dependencies: CommandDependencies,
) => {
  const { at, format } = await requireRepository(dependencies, input)
  if (format === 'generic')
    throw new DomainError('unsupported', 'A generic repository holds files, which have no stars.')
  const named = { ...at, format, package: input.package }
  const { accountId } = context.principal
  const wanted = { type, at: named, accountId } as const
  const { position } = await decideAndAppend(dependencies, context, starStream(named, accountId), star, wanted)
  return { position }
}

export const starPackage = command({
  name: 'StarPackage',
  summary: 'Marks a package as a favourite of yours.',
  input: starInput,
  permission: mayRead,
  handle: (input, context, dependencies) => change('StarPackage', input, context, dependencies),
})

export const unstarPackage = command({
  name: 'UnstarPackage',
  summary: 'Takes your mark off a package.',
  input: starInput,
  permission: mayRead,
  handle: (input, context, dependencies) => change('UnstarPackage', input, context, dependencies),
})

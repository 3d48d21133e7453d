import { Type } from 'typebox'
import type { Action } from '../../domain/access/authorise.ts'
import { Closed, Optional } from '../../domain/names.ts'
import { packageVersionStream, type InVersion } from '../../domain/registry/package-version/events.ts'
import { packageVersion, type PackageVersionCommand } from '../../domain/registry/package-version/package-version.ts'
import { command, type CommandContext, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onRepository, repositoryInput, requireRepository } from './in-repository.ts'
import type { Principal } from '../../domain/access/authorise.ts'

const versionInput = {
  ...repositoryInput,
  package: Type.String({ minLength: 1, maxLength: 512 }),
  version: Type.String({ minLength: 1, maxLength: 256 }),
} as const

interface VersionInput {
  readonly project: string
  readonly repository: string
  readonly package: string
  readonly version: string
}

const permissionFor =
  (action: Action) => (input: VersionInput, principal: Principal | undefined, dependencies: CommandDependencies) =>
    onRepository(action, input, input.package, principal, dependencies)

const change = async (
  input: VersionInput,
  context: CommandContext,
  dependencies: CommandDependencies,
  toCommand: (at: InVersion) => PackageVersionCommand,
) => {
  const { at, format } = await requireRepository(dependencies, input)
  const version = { ...at, format, package: input.package, version: input.version }
  const stream = packageVersionStream(version)
  const { position } = await decideAndAppend(dependencies, context, stream, packageVersion, toCommand(version))
  return { position }
}

export const deprecateVersion = command({
  name: 'DeprecateVersion',
  summary: 'Marks a version as deprecated with a message; without a message takes the mark back.',
  input: Closed({ ...versionInput, message: Optional(Type.String({ minLength: 1, maxLength: 4096 })) }),
  permission: permissionFor('write'),
  handle: (input, context, dependencies) =>
    change(input, context, dependencies, (at) => ({ type: 'DeprecateVersion', at, message: input.message })),
})

export const yankVersion = command({
  name: 'YankVersion',
  summary: 'Withdraws a version from resolution with a reason; without a reason takes the yank back.',
  input: Closed({ ...versionInput, reason: Optional(Type.String({ minLength: 1, maxLength: 4096 })) }),
  permission: permissionFor('write'),
  handle: (input, context, dependencies) =>
    change(input, context, dependencies, (at) => ({ type: 'YankVersion', at, reason: input.reason })),
})

export const deleteVersion = command({
  name: 'DeleteVersion',
  summary: 'Removes a version. Tags that point at it vanish with it, and its number is not given again.',
  input: Closed(versionInput),
  permission: permissionFor('delete'),
  handle: (input, context, dependencies) =>
    change(input, context, dependencies, (at) => ({ type: 'DeleteVersion', at })),
})

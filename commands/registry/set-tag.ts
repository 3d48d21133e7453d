import { Type } from 'typebox'
import { DomainError } from '../../domain/errors.ts'
import { Closed } from '../../domain/names.ts'
import { packageVersionStream } from '../../domain/registry/package-version/events.ts'
import { packageVersion } from '../../domain/registry/package-version/package-version.ts'
import { tag, tagStream } from '../../domain/registry/tag/tag.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onRepository, repositoryInput, requireRepository } from './in-repository.ts'

const tagInput = {
  ...repositoryInput,
  package: Type.String({ minLength: 1, maxLength: 512 }),
  tag: Type.String({ minLength: 1, maxLength: 256 }),
} as const

export const setTag = command({
  name: 'SetTag',
  summary: 'Points a tag of a package at a published version.',
  input: Closed({ ...tagInput, version: Type.String({ minLength: 1, maxLength: 256 }) }),
  permission: (input, principal, dependencies) => onRepository('write', input, input.package, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const { at, format } = await requireRepository(dependencies, input)
    const target = { ...at, format, package: input.package, version: input.version }
    const { state } = await dependencies.folds.load(packageVersionStream(target), packageVersion)
    if (state.status !== 'published')
      throw new DomainError('not-found', `There is no version ${input.package}@${input.version} to tag.`)
    const tagged = { ...at, format, package: input.package, tag: input.tag }
    const { position } = await decideAndAppend(dependencies, context, tagStream(tagged), tag, {
      type: 'SetTag',
      at: tagged,
      version: input.version,
    })
    return { position }
  },
})

export const removeTag = command({
  name: 'RemoveTag',
  summary: 'Removes a tag of a package; the version that it points at stays.',
  input: Closed(tagInput),
  permission: (input, principal, dependencies) => onRepository('write', input, input.package, principal, dependencies),
  handle: async (input, context, dependencies) => {
    const { at, format } = await requireRepository(dependencies, input)
    const tagged = { ...at, format, package: input.package, tag: input.tag }
    const { position } = await decideAndAppend(dependencies, context, tagStream(tagged), tag, {
      type: 'RemoveTag',
      at: tagged,
    })
    return { position }
  },
})

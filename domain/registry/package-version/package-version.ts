import type { Static } from 'typebox'
import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import type { About, ArtifactFile, InVersion, PackageVersionEvent } from './events.ts'

export interface PackageVersionState {
  readonly status: 'absent' | 'published' | 'deleted'
  readonly deprecated?: string
  readonly yanked?: string
}

export interface PublishPackageVersion {
  readonly type: 'PublishPackageVersion'
  readonly at: InVersion
  readonly files: readonly Static<typeof ArtifactFile>[]
  readonly manifest: string
  readonly readme?: string
  readonly tags: readonly string[]
  readonly about?: Static<typeof About>
  readonly deprecated?: string
  /** The repository lets versions be replaced. */
  readonly overwrite: boolean
}

export type PackageVersionCommand =
  | PublishPackageVersion
  | { readonly type: 'DeprecateVersion'; readonly at: InVersion; readonly message: string | undefined }
  | { readonly type: 'YankVersion'; readonly at: InVersion; readonly reason: string | undefined }
  | { readonly type: 'DeleteVersion'; readonly at: InVersion }

const named = (at: InVersion) => `${at.package}@${at.version}`

const requirePublished = (state: PackageVersionState, at: InVersion): void => {
  if (state.status !== 'published')
    throw new DomainError('not-found', `There is no version ${named(at)} in ${at.project}/${at.repository}.`)
}

const coordinates = ({ repositoryId, project, repository, format, package: name, version }: InVersion) => ({
  repositoryId,
  project,
  repository,
  format,
  package: name,
  version,
})

const publish = (command: PublishPackageVersion, state: PackageVersionState): PackageVersionEvent[] => {
  if (state.status !== 'absent' && !command.overwrite)
    throw new DomainError(
      'version-immutable',
      state.status === 'deleted'
        ? `${named(command.at)} was removed earlier, and its number cannot be used again.`
        : `${named(command.at)} is published already, and a published version does not change.`,
    )
  const { files, manifest, readme, tags, about, deprecated } = command
  return [
    {
      type: 'PackageVersionPublished',
      data: {
        ...coordinates(command.at),
        files: [...files],
        manifest,
        ...(readme === undefined ? {} : { readme }),
        tags: [...tags],
        ...(about === undefined ? {} : { about }),
        ...(deprecated === undefined ? {} : { deprecated }),
        ...(state.status === 'published' ? { replaces: true } : {}),
      },
    },
  ]
}

export const packageVersion: Decider<PackageVersionState, PackageVersionCommand, PackageVersionEvent> = {
  initialState: { status: 'absent' },

  decide: (command, state) => {
    if (command.type === 'PublishPackageVersion') return publish(command, state)
    requirePublished(state, command.at)
    const at = coordinates(command.at)
    switch (command.type) {
      case 'DeprecateVersion':
        if (command.message === state.deprecated) return []
        return command.message === undefined
          ? [{ type: 'PackageVersionUndeprecated', data: at }]
          : [{ type: 'PackageVersionDeprecated', data: { ...at, message: command.message } }]
      case 'YankVersion':
        if (command.reason === state.yanked) return []
        return command.reason === undefined
          ? [{ type: 'PackageVersionUnyanked', data: at }]
          : [{ type: 'PackageVersionYanked', data: { ...at, reason: command.reason } }]
      case 'DeleteVersion':
        return [{ type: 'PackageVersionDeleted', data: at }]
      default:
        return assertNever(command)
    }
  },

  evolve: (state, event) => {
    switch (event.type) {
      case 'PackageVersionPublished':
        return {
          status: 'published',
          ...(event.data.deprecated === undefined ? {} : { deprecated: event.data.deprecated }),
        }
      case 'PackageVersionDeprecated':
        return { ...state, deprecated: event.data.message }
      case 'PackageVersionUndeprecated': {
        const { deprecated: _, ...rest } = state
        return rest
      }
      case 'PackageVersionYanked':
        return { ...state, yanked: event.data.reason }
      case 'PackageVersionUnyanked': {
        const { yanked: _, ...rest } = state
        return rest
      }
      case 'PackageVersionDeleted':
        return { status: 'deleted' }
      default:
        return assertNever(event)
    }
  },
}

import { assertNever, type Decider } from '../../decider.ts'
import { DomainError } from '../../errors.ts'
import type { Format } from '../../names.ts'
import type { RepositoryEvent } from './events.ts'

interface Settings {
  readonly public: boolean
  readonly overwrite: boolean
  readonly description?: string
}

export type RepositoryState =
  | { readonly status: 'absent' }
  | { readonly status: 'deleted' }
  | ({ readonly status: 'present'; readonly repositoryId: string; readonly format: Format } & Settings)

interface Coordinates {
  readonly project: string
  readonly repository: string
}

export type RepositoryCommand =
  | ({
      readonly type: 'CreateRepository'
      readonly newId: string
      readonly format: Format
      readonly kind: 'hosted'
    } & Settings &
      Coordinates)
  | ({ readonly type: 'UpdateRepository' } & Partial<Settings> & Coordinates)
  | ({ readonly type: 'DeleteRepository' } & Coordinates)

const present = (state: RepositoryState, { project, repository }: Coordinates) => {
  if (state.status !== 'present') throw new DomainError('not-found', `There is no repository ${project}/${repository}.`)
  return state
}

const settingsOf = ({ public: open, overwrite, description }: Settings): Settings => ({
  public: open,
  overwrite,
  ...(description === undefined ? {} : { description }),
})

export const repository: Decider<RepositoryState, RepositoryCommand, RepositoryEvent> = {
  initialState: { status: 'absent' },

  decide: (command, state) => {
    const { project, repository } = command
    switch (command.type) {
      case 'CreateRepository': {
        if (state.status === 'present')
          throw new DomainError('already-exists', `There is a repository ${project}/${repository} already.`)
        const { newId: repositoryId, format, kind } = command
        const data = { repositoryId, project, repository, format, kind, ...settingsOf(command) }
        return [{ type: 'RepositoryCreated', data }]
      }
      case 'UpdateRepository': {
        const current = present(state, command)
        const next = settingsOf({ ...current, ...command })
        const same = JSON.stringify(next) === JSON.stringify(settingsOf(current))
        if (same) return []
        return [
          { type: 'RepositoryUpdated', data: { repositoryId: current.repositoryId, project, repository, ...next } },
        ]
      }
      case 'DeleteRepository': {
        const { repositoryId } = present(state, command)
        return [{ type: 'RepositoryDeleted', data: { repositoryId, project, repository } }]
      }
      default:
        return assertNever(command)
    }
  },

  evolve: (state, event) => {
    switch (event.type) {
      case 'RepositoryCreated':
        return {
          status: 'present',
          repositoryId: event.data.repositoryId,
          format: event.data.format,
          ...settingsOf(event.data),
        }
      case 'RepositoryUpdated':
        return state.status === 'present' ? { ...state, ...settingsOf(event.data) } : state
      case 'RepositoryDeleted':
        return { status: 'deleted' }
      default:
        return assertNever(event)
    }
  },
}

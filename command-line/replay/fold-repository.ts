import { upcast } from '../../domain/event-catalogue.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import type { FileEvent } from '../../domain/registry/file/events.ts'
import type { PackageEvent } from '../../domain/registry/package/package.ts'
import type { PackageVersionEvent } from '../../domain/registry/package-version/events.ts'
import type { RepositoryEvent } from '../../domain/registry/repository/events.ts'
import { repository, type RepositoryState } from '../../domain/registry/repository/repository.ts'
import type { TagEvent } from '../../domain/registry/tag/tag.ts'
import type { RecordedEvent } from '../../platform/event-store/event-store.ts'
import { Failure } from '../failure.ts'
import type { RepositoryPlace } from '../place.ts'
import { FoldedFiles } from './fold-files.ts'
import { FoldedPackages } from './fold-packages.ts'

/** What of the repository is wanted. */
export interface Wanted extends RepositoryPlace {
  /** Only this package, and no files. */
  readonly package?: string | undefined
  /** Only files whose path begins so, and no packages. */
  readonly path?: string | undefined
}

export interface PresentRepository {
  readonly state: Extract<RepositoryState, { status: 'present' }>
  readonly kind: string
  readonly createdAt: string
}

type ContentEvent = PackageVersionEvent | TagEvent | PackageEvent | FileEvent

const upcastOf = (event: RecordedEvent) => {
  try {
    return upcast(event)
  } catch (error) {
    // to pass over what a newer Waybill wrote would make the state wrong in silence
    throw new Failure('failed', `the event at ${event.position} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/**
 * One repository, folded from events in log order by the domain's own rules. Holds what is in the repository and nothing else
 * of the log.
 */
export class FoldedRepository {
  readonly #wanted: Wanted
  #state: RepositoryState = repository.initialState
  #kind = ''
  #createdAt = ''
  readonly packages: FoldedPackages
  readonly files: FoldedFiles

  constructor(wanted: Wanted) {
    this.#wanted = wanted
    this.packages = new FoldedPackages(wanted.path === undefined ? wanted.package : false)
    this.files = new FoldedFiles(wanted.package === undefined ? (wanted.path ?? '') : false)
  }

  /** Undefined: there was none, or it was deleted. */
  get present(): PresentRepository | undefined {
    if (this.#state.status !== 'present') return undefined
    return { state: this.#state, kind: this.#kind, createdAt: this.#createdAt }
  }

  take(recorded: RecordedEvent): void {
    const event = upcastOf(recorded)
    const metadata = recorded.metadata as EventMetadata
    switch (event.type) {
      case 'RepositoryCreated':
      case 'RepositoryUpdated':
      case 'RepositoryDeleted':
        return this.#takeRepository(event as RepositoryEvent, metadata)
      case 'PackageVersionPublished':
      case 'PackageVersionDeprecated':
      case 'PackageVersionUndeprecated':
      case 'PackageVersionYanked':
      case 'PackageVersionUnyanked':
      case 'PackageVersionDeleted':
      case 'TagSet':
      case 'TagRemoved':
      case 'PackageOwnerAdded':
      case 'PackageOwnerRemoved':
      case 'FileStored':
      case 'FilePropertiesSet':
      case 'FileDeleted':
        return this.#takeContent(event as ContentEvent, metadata)
    }
  }

  #takeRepository(event: RepositoryEvent, { at }: EventMetadata): void {
    const { project, repository: name } = event.data
    if (project !== this.#wanted.project || name !== this.#wanted.repository) return
    this.#state = repository.evolve(this.#state, event)
    if (event.type === 'RepositoryUpdated') return
    // a new repository of the same name starts empty
    this.packages.clear()
    this.files.clear()
    if (event.type === 'RepositoryDeleted') return
    this.#kind = event.data.kind
    this.#createdAt = at
  }

  #takeContent(event: ContentEvent, metadata: EventMetadata): void {
    if (this.#state.status !== 'present' || event.data.repositoryId !== this.#state.repositoryId) return
    if ('path' in event.data) this.files.take(event as FileEvent, metadata)
    else this.packages.take(event as PackageVersionEvent | TagEvent | PackageEvent, metadata)
  }
}

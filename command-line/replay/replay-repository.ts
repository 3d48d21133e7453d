import type { EventStore } from '../../platform/event-store/event-store.ts'
import { Failure } from '../failure.ts'
import { readLogUntil, type Reached, type ReadLog } from './bound.ts'
import type { ReplayedFile } from './fold-files.ts'
import { FoldedGrants, type ReplayedGrant } from './fold-grants.ts'
import type { ReplayedPackage } from './fold-packages.ts'
import { FoldedRepository, type Wanted } from './fold-repository.ts'

/** A repository as it was. Lists are in one order, so that two of them can be compared. */
export interface ReplayedRepository {
  readonly asOf: Reached
  readonly repository: {
    readonly project: string
    readonly repository: string
    readonly repositoryId: string
    readonly format: string
    readonly kind: string
    readonly public: boolean
    readonly overwrite: boolean
    readonly description: string | null
    readonly createdAt: string
  }
  readonly packages: readonly ReplayedPackage[]
  readonly files: readonly ReplayedFile[]
  /** Undefined unless asked for. */
  readonly grants: readonly ReplayedGrant[] | undefined
}

/**
 * Folds the log up to a moment into what the repository was then, without any read model.
 * @throws {Failure} `future-instant`, or `not-found`: there was no such repository then
 */
export const replayRepository = async (
  store: EventStore,
  { grants: withGrants = false, ...wanted }: Wanted & { readonly grants?: boolean },
  log: ReadLog,
): Promise<ReplayedRepository> => {
  const folded = new FoldedRepository(wanted)
  const grants = withGrants ? new FoldedGrants(wanted) : undefined
  const asOf = await readLogUntil(store, log, (event) => {
    folded.take(event)
    grants?.take(event)
  })
  const { project, repository } = wanted
  const { present } = folded
  if (present === undefined)
    throw new Failure('not-found', `there was no repository ${project}/${repository} at position ${asOf.position}`)
  const { state, kind, createdAt } = present
  return {
    asOf,
    repository: {
      project,
      repository,
      repositoryId: state.repositoryId,
      format: state.format,
      kind,
      public: state.public,
      overwrite: state.overwrite,
      description: state.description ?? null,
      createdAt,
    },
    packages: folded.packages.list(),
    files: folded.files.list(),
    grants: grants?.list(),
  }
}

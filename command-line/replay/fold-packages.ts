import type { EventOf } from '../../domain/event-type.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import { packageOwners, type PackageEvent, type PackageState } from '../../domain/registry/package/package.ts'
import type { PackageVersionEvent, PackageVersionPublished } from '../../domain/registry/package-version/events.ts'
import { packageVersion, type PackageVersionState } from '../../domain/registry/package-version/package-version.ts'
import type { TagEvent } from '../../domain/registry/tag/tag.ts'
import { byText } from './in-order.ts'

type Published = EventOf<typeof PackageVersionPublished>['data']

export interface ReplayedVersion {
  readonly version: string
  readonly publishedAt: string
  /** Account id. */
  readonly publishedBy: string
  readonly deprecated: string | null
  readonly yanked: string | null
  /** sha256 of the stored metadata document. */
  readonly manifest: string
  readonly readme: string | null
  readonly about: NonNullable<Published['about']> | null
  readonly files: Published['files']
}

export interface ReplayedTag {
  readonly tag: string
  readonly version: string
  readonly setAt: string
}

export interface ReplayedPackage {
  readonly package: string
  /** Ids of accounts that were added to its owners. */
  readonly owners: readonly string[]
  readonly tags: readonly ReplayedTag[]
  readonly versions: readonly ReplayedVersion[]
}

interface Version {
  readonly state: PackageVersionState
  readonly published: Published
  readonly at: string
  readonly by: string
}

interface Package {
  readonly versions: Map<string, Version>
  readonly tags: Map<string, ReplayedTag>
  owners: PackageState
}

const versionOf = ([version, { state, published, at, by }]: readonly [string, Version]): ReplayedVersion => ({
  version,
  publishedAt: at,
  publishedBy: by,
  deprecated: state.deprecated ?? null,
  yanked: state.yanked ?? null,
  manifest: published.manifest,
  readme: published.readme ?? null,
  about: published.about ?? null,
  files: published.files,
})

/** The packages of a repository. */
export class FoldedPackages {
  readonly #only: string | false | undefined
  readonly #packages = new Map<string, Package>()

  /** `only`: this package alone; false: none at all. */
  constructor(only: string | false | undefined) {
    this.#only = only
  }

  clear(): void {
    this.#packages.clear()
  }

  take(event: PackageVersionEvent | TagEvent | PackageEvent, metadata: EventMetadata): void {
    const name = event.data.package
    if (this.#only !== undefined && name !== this.#only) return
    let folded = this.#packages.get(name)
    if (folded === undefined) {
      folded = { versions: new Map(), tags: new Map(), owners: packageOwners.initialState }
      this.#packages.set(name, folded)
    }
    switch (event.type) {
      case 'TagSet': {
        const { tag, version } = event.data
        folded.tags.set(tag, { tag, version, setAt: metadata.at })
        return
      }
      case 'TagRemoved':
        folded.tags.delete(event.data.tag)
        return
      case 'PackageOwnerAdded':
      case 'PackageOwnerRemoved':
        folded.owners = packageOwners.evolve(folded.owners, event)
        return
      default:
        this.#takeVersion(folded, event, metadata)
    }
  }

  #takeVersion({ versions, tags }: Package, event: PackageVersionEvent, { at, actor }: EventMetadata): void {
    const { version } = event.data
    const before = versions.get(version)
    const state = packageVersion.evolve(before?.state ?? packageVersion.initialState, event)
    if (event.type === 'PackageVersionPublished') {
      versions.set(version, { state, published: event.data, at, by: actor.id })
      // a publish sets tags too: those of one package are folded in the order of the log, whichever way they were set
      for (const tag of event.data.tags) tags.set(tag, { tag, version, setAt: at })
    } else if (state.status !== 'published') versions.delete(version)
    else if (before !== undefined) versions.set(version, { ...before, state })
  }

  /** By name; a package is there while it has a version, and a tag while its version is. */
  list(): readonly ReplayedPackage[] {
    return [...this.#packages]
      .filter(([, { versions }]) => versions.size > 0)
      .map(([name, { versions, tags, owners }]) => ({
        package: name,
        owners: [...owners.owners].flatMap(([accountId, owner]) => (owner ? [accountId] : [])).sort(),
        tags: [...tags.values()].filter(({ version }) => versions.has(version)).sort(byText(({ tag }) => tag)),
        versions: [...versions].map(versionOf).sort(
          byText(
            ({ publishedAt }) => publishedAt,
            ({ version }) => version,
          ),
        ),
      }))
      .sort(byText((one) => one.package))
  }
}

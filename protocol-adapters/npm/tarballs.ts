import { END, type RecordedEvent } from '../../platform/event-store/event-store.ts'
import { FreshCache } from '../../platform/event-store/fresh-cache.ts'
import type { AsOf } from '../../projections/as-of.ts'
import { findVersion } from '../../projections/package-versions/queries.ts'
import type { Gateway } from '../http/gateway.ts'
import { tarballFile } from './tarball-file.ts'

/** Where the bytes of a version's tarball are. */
export interface Tarball {
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  readonly modified: Date
}

const ABSENT = 'absent'

const keyOf = (repositoryId: string, name: string, version: string): string => `${repositoryId} ${name} ${version}`

const affects = ({ type, data }: RecordedEvent): string[] | undefined => {
  if (!type.startsWith('PackageVersion')) return undefined
  const { repositoryId, package: name, version } = data as Readonly<Record<string, string>>
  return [keyOf(repositoryId as string, name as string, version as string)]
}

/** The tarballs of versions, from memory while the log confirms that nothing changed. */
export class Tarballs {
  readonly #gateway: Gateway
  readonly #cache: FreshCache<Tarball | typeof ABSENT>

  constructor(gateway: Gateway) {
    this.#gateway = gateway
    const { tail, progress } = gateway
    this.#cache = new FreshCache({ tail, ready: (position) => progress.reached(position), affects, maxEntries: 50_000 })
  }

  peek(repositoryId: string, name: string, version: string): Tarball | undefined {
    const known = this.#cache.peek(keyOf(repositoryId, name, version))
    return known === ABSENT ? undefined : known
  }

  async find(repositoryId: string, name: string, version: string, asOf: AsOf = END): Promise<Tarball | undefined> {
    const load = async () => {
      const row = await findVersion(this.#gateway.sql, repositoryId, name, version, asOf)
      const file = row?.files.find((candidate) => candidate.name === tarballFile(name, version))
      if (row === undefined || file === undefined) return ABSENT
      return { sha256: file.sha256, size: file.size, modified: new Date(row.publishedAt) }
    }
    const key = keyOf(repositoryId, name, version)
    const found = asOf === END ? await this.#cache.get(key, load) : await load()
    return found === ABSENT ? undefined : found
  }
}

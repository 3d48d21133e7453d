import { END, type RecordedEvent } from '../../platform/event-store/event-store.ts'
import { FreshCache } from '../../platform/event-store/fresh-cache.ts'
import { findFile, type FileRow } from '../../projections/files/queries.ts'
import type { Gateway } from '../http/gateway.ts'
import type { OpenedRepository } from '../http/open-repository.ts'

const ABSENT = 'absent'

const keyOf = (repositoryId: string, path: string): string => `${repositoryId} ${path}`

const affects = ({ type, data }: RecordedEvent): string[] | undefined => {
  if (!type.startsWith('File')) return undefined
  const { repositoryId, path } = data as { readonly repositoryId: string; readonly path: string }
  return [keyOf(repositoryId, path)]
}

/** Files by path, from memory while the log confirms that nothing changed. */
export class KnownFiles {
  readonly #gateway: Gateway
  readonly #cache: FreshCache<FileRow | typeof ABSENT>

  constructor(gateway: Gateway) {
    this.#gateway = gateway
    const { tail, progress } = gateway
    this.#cache = new FreshCache({ tail, ready: (position) => progress.reached(position), affects, maxEntries: 50_000 })
  }

  async find({ repositoryId, asOf }: OpenedRepository, path: string): Promise<FileRow | undefined> {
    const load = () => findFile(this.#gateway.sql, repositoryId, path, asOf)
    if (asOf !== END) return load()
    const found = await this.#cache.get(keyOf(repositoryId, path), async () => (await load()) ?? ABSENT)
    return found === ABSENT ? undefined : found
  }
}

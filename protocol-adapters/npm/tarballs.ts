import { END, type RecordedEvent } from '../../platform/event-store/event-store.ts'
import { FreshCache } from '../../platform/event-store/fresh-cache.ts'
import type { AsOf } from '../../projections/as-of.ts'
import { findVersion, type PackageVersionRow } from '../../projections/package-versions/queries.ts'
import { wholeAnswer, type BlobAnswer, type DescribedBlob } from '../http/blob-answer.ts'
import type { Gateway } from '../http/gateway.ts'
import { tarballFile } from './tarball-file.ts'

/** A version's tarball, and the answer to those who want all of it. */
export interface Tarball extends DescribedBlob {
  readonly whole: BlobAnswer
}

const ABSENT = 'absent'

/** What `peek` finds a tarball by. */
export const tarballKey = (repositoryId: string, name: string, version: string): string =>
  `${repositoryId} ${name} ${version}`

const described = (row: PackageVersionRow, name: string, version: string): Tarball | undefined => {
  const fileName = tarballFile(name, version)
  const file = row.files.find((candidate) => candidate.name === fileName)
  if (file === undefined) return undefined
  const blob: DescribedBlob = {
    sha256: file.sha256,
    size: file.size,
    contentType: 'application/octet-stream',
    fileName,
    disposition: 'attachment',
    lastModified: new Date(row.publishedAt),
  }
  return { ...blob, whole: wholeAnswer(blob) }
}

const affects = ({ type, data }: RecordedEvent): string[] | undefined => {
  if (!type.startsWith('PackageVersion')) return undefined
  const { repositoryId, package: name, version } = data as Readonly<Record<string, string>>
  return [tarballKey(repositoryId as string, name as string, version as string)]
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

  peek(key: string): Tarball | undefined {
    const known = this.#cache.peek(key)
    return known === ABSENT ? undefined : known
  }

  async find(repositoryId: string, name: string, version: string, asOf: AsOf = END): Promise<Tarball | undefined> {
    const load = async () => {
      const row = await findVersion(this.#gateway.sql, repositoryId, name, version, asOf)
      return (row && described(row, name, version)) ?? ABSENT
    }
    const key = tarballKey(repositoryId, name, version)
    const found = asOf === END ? await this.#cache.get(key, load) : await load()
    return found === ABSENT ? undefined : found
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises'
import { END, START } from '../../platform/event-store/event-store.ts'
import type { AsOf } from '../../projections/as-of.ts'
import { instantAt } from '../../projections/log-clock/queries.ts'
import { ownerChanges, type OwnerRow } from '../../projections/package-owners/queries.ts'
import { starredBy } from '../../projections/package-stars/queries.ts'
import { lastChange, versionLines, type VersionLine } from '../../projections/package-versions/queries.ts'
import { tagsOf } from '../../projections/tags/queries.ts'
import type { Gateway } from '../http/gateway.ts'
import { effectiveTags } from './effective-tags.ts'
import { decodeVersionDocument, type VersionDocument } from './version-document.ts'

export interface PackageVersionEntry {
  readonly version: string
  readonly document: VersionDocument
  readonly deprecated: string | undefined
  /** Login, or undefined for an account that is gone. */
  readonly publisher: string | undefined
  readonly publishedAt: string
}

/** Everything that npm's documents of one package are made from. */
export interface NpmPackage {
  readonly name: string
  /** Changes with every change of the package. */
  readonly rev: string
  /** Those that were set. */
  readonly tags: Readonly<Record<string, string>>
  readonly versions: readonly PackageVersionEntry[]
  /** RFC 3339. */
  readonly created: string
  readonly modified: string
  readonly readme: { readonly text: string; readonly digest: string } | undefined
  readonly hoisted: string
  /** Account ids of the owners: who published a version or was added, without those who were removed. */
  readonly owners: readonly string[]
  /** Their logins. */
  readonly maintainers: readonly string[]
  /** Logins of who starred it, the first ones. */
  readonly users: readonly string[]
}

/** Versions decoded in one turn of the event loop. */
const SLICE = 200

const decodeAll = async (
  lines: readonly VersionLine[],
  documents: ReadonlyMap<string, Buffer>,
  logins: ReadonlyMap<string, string>,
): Promise<PackageVersionEntry[]> => {
  const versions: PackageVersionEntry[] = []
  for (const { version, manifest, deprecated, publishedAt, publishedBy } of lines) {
    if (versions.length % SLICE === SLICE - 1) await nextTurn()
    versions.push({
      version,
      document: decodeVersionDocument(documents.get(manifest) as Buffer),
      deprecated: deprecated ?? undefined,
      publisher: logins.get(publishedBy),
      publishedAt,
    })
  }
  return versions
}

const readmeOf = async (gateway: Gateway, line: VersionLine | undefined) => {
  const digest = line?.readme ?? undefined
  if (digest === undefined) return undefined
  const documents = await gateway.documents.many([digest])
  return { digest, text: documents.get(digest)?.toString('utf8') ?? '' }
}

/** A favourite of thousands does not make its document longer than that. */
const SHOWN_STARS = 1000

const ownersOf = (publishers: readonly string[], changes: readonly OwnerRow[]): readonly string[] => {
  const removed = new Set(changes.filter(({ owner }) => !owner).map(({ accountId }) => accountId))
  const added = changes.filter(({ owner }) => owner).map(({ accountId }) => accountId)
  return [...new Set([...publishers.filter((id) => !removed.has(id)), ...added])]
}

/** The package as of the bound, or undefined when it has no versions then. */
export const loadPackage = async (
  gateway: Gateway,
  repositoryId: string,
  name: string,
  asOf: AsOf = END,
): Promise<NpmPackage | undefined> => {
  const { sql, vault } = gateway
  const [lines, tagRows, position, changes, starring] = await Promise.all([
    versionLines(sql, repositoryId, name, asOf),
    tagsOf(sql, repositoryId, name, asOf),
    lastChange(sql, repositoryId, name, asOf),
    ownerChanges(sql, repositoryId, name, asOf),
    starredBy(sql, repositoryId, name, SHOWN_STARS, asOf),
  ])
  const [first] = lines
  if (first === undefined || position === START) return undefined
  const tags = Object.fromEntries(tagRows.map(({ tag, version }) => [tag, version]))
  const latest = effectiveTags(
    tags,
    lines.map(({ version }) => version),
  ).latest
  const latestLine = lines.find(({ version }) => version === latest)
  const publishers = [...new Set(lines.map(({ publishedBy }) => publishedBy))]
  const owners = ownersOf(publishers, changes)
  const [documents, logins, readme, modified] = await Promise.all([
    gateway.documents.many(lines.map(({ manifest }) => manifest)),
    vault.accounts.logins([...new Set([...publishers, ...owners, ...starring])]),
    readmeOf(gateway, latestLine),
    instantAt(sql, position),
  ])
  const versions = await decodeAll(lines, documents, logins)
  return {
    name,
    rev: `${lines.length}-${position.replace(/^0+/, '')}`,
    tags,
    versions,
    created: first.publishedAt,
    modified: modified ?? first.publishedAt,
    readme,
    hoisted: versions.find(({ version }) => version === latest)?.document.hoisted ?? '',
    owners,
    maintainers: owners.flatMap((id) => logins.get(id) ?? []),
    users: starring.flatMap((id) => logins.get(id) ?? []),
  }
}

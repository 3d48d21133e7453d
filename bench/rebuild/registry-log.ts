import { randomBytes, randomUUID } from 'node:crypto'
import { fileStream } from '../../domain/registry/file/events.ts'
import { packageVersionStream } from '../../domain/registry/package-version/events.ts'
import { starStream } from '../../domain/registry/star/star.ts'
import { tagStream } from '../../domain/registry/tag/tag.ts'
import { type NewEvent, NO_STREAM } from '../../platform/event-store/event-store.ts'

export interface LogEntry {
  readonly stream: string
  readonly expectedRevision: number
  readonly event: NewEvent
}

/** Of a thousand events that are no publish: what a registry sees beside publishes. */
const OTHERS = [
  { below: 400, type: 'TagSet' },
  { below: 600, type: 'PackageVersionDeprecated' },
  { below: 650, type: 'PackageVersionYanked' },
  { below: 900, type: 'FileStored' },
  { below: 1000, type: 'PackageStarred' },
] as const

/** One event in ten is no publish, one publish in twelve brings a new package. */
const PUBLISHES_PER_THOUSAND = 900
const NEW_PACKAGES_PER_THOUSAND = 83

const REPOSITORY = {
  repositoryId: '0b7de4f2-9c31-5f5e-a1cd-2a6f0d9b4e10',
  project: 'main',
  repository: 'npm',
} as const
const FILES = { ...REPOSITORY, repositoryId: '7c0e2a91-1f6b-5d43-8f0a-cc2de0a4b7f3', repository: 'generic' } as const
const BEGINNING = Date.UTC(2026, 0, 1)

const chance = (outOf: number): number => Math.floor(Math.random() * outOf)
const digests = () => {
  const hex = randomBytes(132).toString('hex')
  return { md5: hex.slice(0, 32), sha1: hex.slice(32, 72), sha256: hex.slice(72, 136), sha512: hex.slice(136) }
}

interface Published {
  readonly package: string
  readonly version: string
  revision: number
}

/** The log of a registry in which packages grow version by version, without end; each entry appends one event. */
export function* registryLog(): Generator<LogEntry, never> {
  const packages: { readonly name: string; versions: number }[] = []
  const recent: Published[] = []
  const accounts = Array.from({ length: 200 }, () => randomUUID())
  let at = BEGINNING

  const event = (type: string, data: unknown): NewEvent => {
    const commandId = randomUUID()
    const actor = { kind: 'human', id: accounts[chance(accounts.length)], via: `token:${randomUUID()}` }
    const correlationId = randomUUID()
    at += chance(4000)
    const when = new Date(at).toISOString()
    const metadata = { schemaVersion: 1, actor, at: when, correlationId, causationId: commandId, commandId }
    return { id: randomUUID(), type, data, metadata }
  }

  const publish = (): LogEntry => {
    let target = packages[chance(packages.length)]
    if (target === undefined || chance(1000) < NEW_PACKAGES_PER_THOUSAND) {
      target = { name: `@team-${chance(50)}/component-${packages.length}`, versions: 0 }
      packages.push(target)
    }
    const version = `1.${target.versions++}.0`
    const place = { ...REPOSITORY, format: 'npm', package: target.name, version } as const
    const name = `${target.name.slice(target.name.indexOf('/') + 1)}-${version}.tgz`
    recent[chance(1000)] = { package: target.name, version, revision: 0 }
    const data = {
      ...place,
      files: [{ name, size: 1000 + chance(100_000), ...digests() }],
      manifest: digests().sha256,
      readme: digests().sha256,
      tags: ['latest'],
      about: {
        description: `Component ${packages.length} of the ${target.name} family, "ready" for use`,
        keywords: ['component', 'ui', 'team'],
        license: 'MIT',
      },
    }
    return {
      stream: packageVersionStream(place),
      expectedRevision: NO_STREAM,
      event: event('PackageVersionPublished', data),
    }
  }

  const other = (): LogEntry => {
    const drawn = chance(1000)
    const { type } = OTHERS.find(({ below }) => drawn < below) ?? OTHERS[0]
    if (type === 'FileStored') {
      const file = { ...FILES, path: `builds/${chance(1000)}/${randomUUID()}.tar.gz` }
      const content = {
        size: chance(1e8),
        ...digests(),
        contentType: 'application/gzip',
        properties: { branch: 'main' },
      }
      return { stream: fileStream(file), expectedRevision: NO_STREAM, event: event(type, { ...file, ...content }) }
    }
    const target = recent[chance(1000)]
    if (target === undefined) return publish()
    const named = { ...REPOSITORY, format: 'npm', package: target.package } as const
    if (type === 'PackageStarred') {
      const accountId = randomUUID()
      const data = { ...named, accountId }
      return { stream: starStream(named, accountId), expectedRevision: NO_STREAM, event: event(type, data) }
    }
    const versioned = { ...named, version: target.version }
    if (type === 'TagSet') {
      const tagged = { ...versioned, tag: `build-${randomBytes(6).toString('hex')}` }
      return { stream: tagStream(tagged), expectedRevision: NO_STREAM, event: event(type, tagged) }
    }
    const data =
      type === 'PackageVersionDeprecated'
        ? { ...versioned, message: 'superseded by the next one' }
        : { ...versioned, reason: 'broken build' }
    return { stream: packageVersionStream(versioned), expectedRevision: target.revision++, event: event(type, data) }
  }

  for (;;) yield chance(1000) < PUBLISHES_PER_THOUSAND ? publish() : other()
}

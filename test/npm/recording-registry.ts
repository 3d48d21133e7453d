import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { effectiveTags } from '../../protocol-adapters/npm/effective-tags.ts'
import { manifestFragments, type ManifestFragments } from '../../protocol-adapters/npm/manifest-fragment.ts'
import {
  packumentChanges,
  type ChangeRequest,
  type PackumentChange,
} from '../../protocol-adapters/npm/packument-changes.ts'
import { renderPackument } from '../../protocol-adapters/npm/packument.ts'
import { parsePublishBody } from '../../protocol-adapters/npm/publish-body.ts'
import { publicationOf } from '../../protocol-adapters/npm/publish-document.ts'
import { routeOf, type NpmRoute } from '../../protocol-adapters/npm/route-path.ts'
import { tarballPath } from '../../protocol-adapters/npm/tarball-file.ts'

/** What a client asked for, in the terms of the adapter: the route, and what its document meant. */
export interface Recorded {
  readonly method: string
  readonly route: NpmRoute | undefined
  readonly meant?: unknown
}

/** Login of whoever asks. */
const CALLER = 'jo'

interface Held {
  readonly fragments: ManifestFragments
  readonly publication: { readonly version: string; readonly tags: readonly string[] }
}

/**
 * A registry of one package in memory that is made of the adapter's pure parts only: it shows what real clients send
 * and that those parts understand it, apart from everything that a real registry must also do.
 */
export const recordingRegistry = async (name: string, prefix: string) => {
  const requests: Recorded[] = []
  const versions = new Map<string, Held>()
  const deprecated = new Map<string, string>()
  const tags: Record<string, string> = {}
  const users: string[] = []
  const maintainers = [CALLER]
  let rev = 1

  const shownTags = () => effectiveTags(tags, [...versions.keys()])
  const apply = (change: PackumentChange): void => {
    if (change.kind === 'deprecate') deprecated.set(change.version, change.message)
    if (change.kind === 'undeprecate') deprecated.delete(change.version)
    if (change.kind === 'delete-version') versions.delete(change.version)
    if (change.kind === 'set-tag') tags[change.tag] = change.version
    if (change.kind === 'star') users.push(CALLER)
    if (change.kind === 'unstar') users.splice(users.indexOf(CALLER), 1)
    if (change.kind === 'add-maintainer') maintainers.push(change.login)
    if (change.kind === 'remove-maintainer') maintainers.splice(maintainers.indexOf(change.login), 1)
  }
  const change = (request: Omit<ChangeRequest, 'by'>): readonly PackumentChange[] | 'stale' => {
    const held = {
      name,
      rev: String(rev),
      versions: new Map([...versions.keys()].map((version) => [version, deprecated.get(version)])),
      shownTags: shownTags(),
      maintainers,
    }
    const changes = packumentChanges(held, { ...request, by: CALLER })
    if (changes !== 'stale') changes.forEach(apply)
    rev++
    return changes
  }
  const packument = (form: 'full' | 'abbreviated', base: string): Buffer =>
    Buffer.concat(
      renderPackument({
        form,
        name,
        base,
        rev: String(rev),
        distTags: tags,
        versions: [...versions.values()].map(({ fragments, publication: { version } }) => ({
          version,
          fragment: fragments[form],
          deprecated: deprecated.get(version),
          tarballPath: tarballPath(name, version),
          time: '2026-01-01T00:00:00.000Z',
        })),
        time: { created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z' },
        users,
        maintainers,
      }),
    )
  const put = async (body: AsyncIterable<Buffer>, via: ChangeRequest['via'], path?: string): Promise<unknown> => {
    const parsed = await parsePublishBody(body, { onAttachment: (_, bytes) => digestsOf(bytes) })
    if (parsed.attachments.size === 0) {
      return change({ via, document: parsed.document, ...(path === undefined ? {} : { rev: path }) })
    }
    const publication = publicationOf(name, parsed)
    const { version, manifest, tarball } = publication
    const fragments = manifestFragments({ name, version, manifest, digests: tarball.stored })
    versions.set(version, { fragments, publication })
    for (const tag of publication.tags) tags[tag] = version
    rev++
    return { version, tags: publication.tags, bytes: tarball.size }
  }

  /** What a reader is answered; undefined for what is no read. */
  const read = (route: NpmRoute | undefined, { headers }: IncomingMessage): unknown => {
    switch (route?.kind) {
      case 'packument':
        return versions.size === 0
          ? undefined
          : packument(
              headers.accept?.includes('install-v1') ? 'abbreviated' : 'full',
              `http://${headers.host ?? ''}${prefix}`,
            )
      case 'dist-tags':
        return shownTags()
      case 'whoami':
        return { username: CALLER }
      case 'user':
        return { name: route.user, email: 'x@example.org' }
      default:
        return undefined
    }
  }
  const write = async (method: string, route: NpmRoute | undefined, request: IncomingMessage): Promise<unknown> => {
    if (route?.kind === 'dist-tag') {
      if (method === 'DELETE') return void Reflect.deleteProperty(tags, route.tag)
      return (tags[route.tag] = JSON.parse(Buffer.concat(await request.toArray()).toString()) as string)
    }
    if (method === 'DELETE') return undefined
    if (route?.kind === 'packument') return put(request, 'packument')
    return route?.kind === 'packument-rev' ? put(request, 'packument-rev', route.rev) : undefined
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request
    const route = routeOf(url.split('?')[0]?.slice(prefix.length) ?? '')
    let status = 200
    let body: unknown = { ok: true }
    if (method === 'GET') {
      body = read(route, request)
      if (body === undefined) status = 404
    } else {
      const meant = await write(method, route, request).catch((error: unknown) => error)
      if (meant instanceof Error) status = 400
      requests.push({ method, route, ...(meant === undefined ? {} : { meant }) })
    }
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? { error: 'not found' }))
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`,
    /** The changes asked for since the last call. */
    asked: (): Recorded[] => requests.splice(0),
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}

const digestsOf = async (bytes: AsyncIterable<Buffer>) => {
  const [sha1, sha512] = [createHash('sha1'), createHash('sha512')]
  for await (const piece of bytes) for (const hash of [sha1, sha512]) hash.update(piece)
  return { sha1: sha1.digest('hex'), sha512: sha512.digest('hex') }
}

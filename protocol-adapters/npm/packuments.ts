import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { END, type RecordedEvent } from '../../platform/event-store/event-store.ts'
import { FreshCache } from '../../platform/event-store/fresh-cache.ts'
import type { AsOf } from '../../projections/as-of.ts'
import type { Gateway } from '../http/gateway.ts'
import { loadPackage, type NpmPackage } from './load-package.ts'
import { packumentEtag, renderPackument, type PackumentInput } from './packument.ts'
import { tarballPath } from './tarball-file.ts'

export type Form = 'full' | 'abbreviated'

/** A document in the bytes that go to the client. */
export interface Rendered {
  readonly body: Buffer
  readonly etag: string
  /** The same compressed, once somebody asked for it; its ETag is its own. */
  gzipped: { readonly body: Buffer; readonly etag: string } | undefined
}

/** A package with the documents rendered of it so far, by form and base URL: no caller's host gets into another's bytes. */
interface Entry {
  readonly found: NpmPackage | undefined
  readonly rendered: Map<string, Rendered>
}

const compress = promisify(gzip)

/** Below this, compression saves less than it costs. */
const COMPRESSIBLE_BYTES = 1024
/** Host names under which one gateway is reached; more are rendered each time. */
const KEPT_RENDERINGS = 8

const wholeOf = ({ hoisted, readme, maintainers, users }: NpmPackage) => ({ hoisted, readme, maintainers, users })

const inputOf = (found: NpmPackage, form: Form, base: string): PackumentInput => ({
  form,
  name: found.name,
  rev: found.rev,
  distTags: found.tags,
  base,
  time: { created: found.created, modified: found.modified },
  versions: found.versions.map(({ version, document, deprecated, publisher, publishedAt }) => ({
    version,
    fragment: document[form],
    provenance: document.provenance,
    deprecated,
    publisher,
    tarballPath: tarballPath(found.name, version),
    time: publishedAt,
  })),
  ...(form === 'full' ? wholeOf(found) : {}),
})

const keyOf = (repositoryId: string, name: string): string => `${repositoryId} ${name}`

const affects = ({ type, data }: RecordedEvent): string[] | undefined => {
  if (!type.startsWith('Package') && !type.startsWith('Tag')) return undefined
  const { repositoryId, package: name } = data as { readonly repositoryId: string; readonly package: string }
  return [keyOf(repositoryId, name)]
}

const sizeOf = ({ found }: Entry): number =>
  1000 +
  (found?.versions ?? []).reduce(
    (sum, { document }) => sum + 3 * (document.full.head.length + document.abbreviated.head.length),
    0,
  )

/** npm's documents of packages, rendered once per change. */
export class Packuments {
  readonly #gateway: Gateway
  readonly #cache: FreshCache<Entry>

  constructor(gateway: Gateway) {
    this.#gateway = gateway
    this.#cache = new FreshCache({
      tail: gateway.tail,
      ready: (position) => gateway.progress.reached(position),
      affects,
      maxEntries: 20_000,
      maxBytes: 512 * 1024 * 1024,
      sizeOf,
    })
  }

  /** A document that may be sent at once, or undefined. */
  peek(repositoryId: string, name: string, form: Form, base: string): Rendered | undefined {
    return this.#cache.peek(keyOf(repositoryId, name))?.rendered.get(`${form} ${base}`)
  }

  /** The package as of the bound. */
  async find(repositoryId: string, name: string, asOf: AsOf = END): Promise<NpmPackage | undefined> {
    return (await this.#entry(repositoryId, name, asOf)).found
  }

  async render(
    repositoryId: string,
    name: string,
    form: Form,
    base: string,
    asOf: AsOf = END,
  ): Promise<Rendered | undefined> {
    const { found, rendered } = await this.#entry(repositoryId, name, asOf)
    if (found === undefined) return undefined
    const key = `${form} ${base}`
    const known = rendered.get(key)
    if (known !== undefined) return known
    const input = inputOf(found, form, base)
    const fresh: Rendered = {
      body: Buffer.concat(renderPackument(input)),
      etag: packumentEtag(input),
      gzipped: undefined,
    }
    if (rendered.size >= KEPT_RENDERINGS) rendered.clear()
    rendered.set(key, fresh)
    return fresh
  }

  async #entry(repositoryId: string, name: string, asOf: AsOf): Promise<Entry> {
    const load = async () => ({
      found: await loadPackage(this.#gateway, repositoryId, name, asOf),
      rendered: new Map<string, Rendered>(),
    })
    return asOf === END ? this.#cache.get(keyOf(repositoryId, name), load) : load()
  }
}

/** Compresses off the event loop, once per rendering. */
export const gzipped = async (rendered: Rendered): Promise<{ readonly body: Buffer; readonly etag: string }> => {
  if (rendered.body.length < COMPRESSIBLE_BYTES) return rendered
  const body = await compress(rendered.body)
  rendered.gzipped ??= { body, etag: rendered.etag.replace(/"$/, '-gzip"') }
  return rendered.gzipped
}

/** One package that was found, as far as its reader may see it. */
export interface FoundPackage {
  readonly name: string
  /** The version that `latest` shows. */
  readonly version: string
  /** When it was published, RFC 3339. */
  readonly date: string
  /** From the manifest of that version, of any type there. */
  readonly description?: unknown
  readonly keywords?: unknown
  readonly license?: unknown
  readonly homepage?: unknown
  readonly repository?: unknown
  readonly bugs?: unknown
  /** Logins. */
  readonly publisher?: string | undefined
  readonly maintainers: readonly string[]
  /** The higher the better; only its order is meant. */
  readonly score: number
}

/**
 * The body of `GET /-/v1/search`.
 * The npm client reads `maintainers` of every object without looking whether it is there.
 * https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md#get-v1search
 * @param total of all pages
 * @param time RFC 3339
 */
export const searchResult = (found: readonly FoundPackage[], total: number, time: string): object => ({
  objects: found.map(searchObject),
  total,
  time,
})

const searchObject = (found: FoundPackage): object => ({
  package: {
    name: found.name,
    scope: found.name.startsWith('@') ? found.name.slice(1, found.name.indexOf('/')) : 'unscoped',
    version: found.version,
    description: text(found.description),
    keywords: keywordsOf(found.keywords),
    date: found.date,
    license: text(found.license),
    links: { homepage: urlOf(found.homepage), repository: repositoryUrl(found.repository), bugs: urlOf(found.bugs) },
    publisher: found.publisher === undefined ? undefined : { username: found.publisher },
    maintainers: found.maintainers.map((username) => ({ username })),
  },
  score: { final: found.score, detail: { quality: found.score, popularity: found.score, maintenance: found.score } },
  searchScore: found.score,
  flags: { unstable: found.version.startsWith('0.') },
})

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Manifests hold a list, or one string of words. */
const keywordsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return value.split(/[,\s]+/).filter((word) => word !== '')
  return Array.isArray(value) ? (value as unknown[]).filter((word) => typeof word === 'string') : []
}

/** A link is a web address or nothing: it becomes a link on pages, where a `javascript:` one would be a trap. */
const urlOf = (value: unknown): string | undefined => {
  const url = text(typeof value === 'object' && value !== null ? (value as { url?: unknown }).url : value)
  return url !== undefined && /^https?:\/\//i.test(url) ? url : undefined
}

/** `git+https://host/a/b.git` as a link for people. */
const repositoryUrl = (value: unknown): string | undefined => {
  const url = text(typeof value === 'object' && value !== null ? (value as { url?: unknown }).url : value)
  return urlOf(url?.replace(/^git\+/, '').replace(/\.git$/, ''))
}

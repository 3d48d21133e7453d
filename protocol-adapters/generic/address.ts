import { DomainError } from '../../domain/errors.ts'
import { filePath } from '../../domain/registry/file/path.ts'

/** What an address below the repository names. */
export type Place =
  | { readonly kind: 'file'; readonly path: string }
  /** `path` is `''` for the root, else it ends with `/`. */
  | { readonly kind: 'folder'; readonly path: string }

export interface Address {
  readonly project: string
  /** The repository, with `@{instant}` when it has one. */
  readonly segment: string
  /** Below the repository, still encoded; undefined when not even the slash behind the repository is there. */
  readonly rest: string | undefined
  readonly query: URLSearchParams
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Percent-encodings and raw bytes (which node hands over as Latin-1, and curl sends for a name typed as it is) as UTF-8. */
const decode = (raw: string): string | undefined => {
  if (/%(?![0-9A-Fa-f]{2})/.test(raw)) return undefined
  const bytes = raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return undefined // no UTF-8
  }
}

/** `/generic/{project}/{segment}` and what follows, from the raw URL: decoded only once and only segment by segment. */
export const addressOf = (url: string): Address => {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const [, , project = '', segment = '', ...rest] = path.split('/')
  return {
    // what cannot be decoded is the name of nothing
    project: decode(project) ?? project,
    segment: decode(segment) ?? segment,
    rest: rest.length === 0 ? undefined : rest.join('/'),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
  }
}

/**
 * The file or folder that the rest of an address names.
 * @throws {DomainError} `invalid-input`: not UTF-8, an encoded slash, or what `filePath` refuses
 */
export const placeOf = (rest: string): Place => {
  if (rest === '') return { kind: 'folder', path: '' }
  const isFolder = rest.endsWith('/')
  const decoded = (isFolder ? rest.slice(0, -1) : rest).split('/').map((raw) => {
    const segment = decode(raw)
    if (segment === undefined) throw new DomainError('invalid-input', 'The path is not percent-encoded UTF-8.')
    if (segment.includes('/'))
      throw new DomainError('invalid-input', 'The path has an encoded slash (%2F): a name cannot hold one.')
    return segment
  })
  const path = filePath(decoded.join('/'))
  return isFolder ? { kind: 'folder', path: `${path}/` } : { kind: 'file', path }
}

/** A path as it stands in a URL. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

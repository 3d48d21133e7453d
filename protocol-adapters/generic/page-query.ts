import { DomainError } from '../../domain/errors.ts'

/** The largest page, and the one given when nothing is said. */
const MOST_ENTRIES = 1000

export interface PageQuery {
  readonly limit: number
  /** What the page before ended with. */
  readonly after: string | undefined
  readonly recursive: boolean
  readonly format: 'html' | 'json'
}

const limitOf = (text: string | null): number => {
  if (text === null) return MOST_ENTRIES
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MOST_ENTRIES)
    throw new DomainError('invalid-input', `limit is a number from 1 to ${MOST_ENTRIES}.`)
  return limit
}

const afterOf = (text: string | null): string | undefined => {
  if (text === null || text === '') return undefined
  // no name has one, and the database cannot take all of them
  if (/\p{Cc}/u.test(text)) throw new DomainError('invalid-input', 'after is what the page before gave as next.')
  return text
}

const formatOf = (text: string | null, recursive: boolean, accept: string): PageQuery['format'] => {
  if (text === 'html' && recursive)
    throw new DomainError('invalid-input', 'All files below a folder are listed as JSON only.')
  if (text === 'html' || text === 'json') return text
  if (text !== null) throw new DomainError('invalid-input', 'format is html or json.')
  return recursive || (/[/+]json\b/i.test(accept) && !/\bhtml\b/i.test(accept)) ? 'json' : 'html'
}

/**
 * What the query and the Accept header say about a listing. JSON is for those who ask for it and not for HTML.
 * @throws {DomainError} `invalid-input`
 */
export const pageQuery = (query: URLSearchParams, accept = ''): PageQuery => {
  const flag = query.get('recursive')
  const recursive = flag !== null && flag !== '0' && flag !== 'false'
  return {
    limit: limitOf(query.get('limit')),
    after: afterOf(query.get('after')),
    recursive,
    format: formatOf(query.get('format'), recursive, accept),
  }
}

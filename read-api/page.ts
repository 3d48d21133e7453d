import { DomainError } from '../domain/errors.ts'

const DEFAULT_SIZE = 50
const MAX_SIZE = 500
/** Rows asked for at once while few of them are visible. */
const MAX_FETCH = 1000

/** The size of a page, 50 unless `first` says otherwise. */
export const pageSize = (first: number | null | undefined): number => {
  if (first === null || first === undefined) return DEFAULT_SIZE
  if (first < 1 || first > MAX_SIZE)
    throw new DomainError('invalid-input', `"first" is ${first}; a page has 1 to ${MAX_SIZE} items.`)
  return first
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** There is a visible row after these. */
  readonly more: boolean
}

/**
 * The next `size` visible rows: fetches on, with what was fetched last as the cursor, until the page is full and one more
 * visible row is known, so that neither the page nor `more` tells of rows that are not visible.
 */
export const visiblePage = async <Row>(
  size: number,
  fetch: (after: Row | undefined, limit: number) => Promise<readonly Row[]>,
  visible: (row: Row) => boolean,
): Promise<Page<Row>> => {
  const kept: Row[] = []
  let after: Row | undefined
  let limit = size + 1
  for (;;) {
    const rows = await fetch(after, limit)
    for (const row of rows) if (visible(row)) kept.push(row)
    if (kept.length > size) return { rows: kept.slice(0, size), more: true }
    if (rows.length < limit) return { rows: kept, more: false }
    after = rows.at(-1)
    limit = Math.min(limit * 2, MAX_FETCH)
  }
}

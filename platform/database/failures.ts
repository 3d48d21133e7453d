/**
 * What an error of the driver says about the statement.
 * - `content`: the server refused what the statement holds; sent again it is refused again.
 * - `not-done`: nothing was done, and it may be otherwise later (no connection, a lock or time limit, no space).
 * - `lost`: the connection broke after it was sent; it may have been done.
 * - `broken`: the statement is wrong for this database (a table is missing, no permission), or this program is.
 */
export type Failure = 'content' | 'not-done' | 'lost' | 'broken'

/** Driver and system codes of connections that were never made. */
const NEVER_SENT = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_ENDED',
  'EACCES',
  'EAI_AGAIN',
  'EAI_NODATA',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
])

/** SQLSTATE classes and codes (PostgreSQL documentation, appendix A). */
const CONTENT = ['21', '22', '23', '54']
const NOT_DONE = ['08', '25', '40', '53', '55', '57', '58']
/** The backend was ended: while it commits, this can come after the commit. */
const ENDED = ['57P01', '57P02', '57P05']

export const failureOf = (error: unknown): Failure => {
  const code = codeOf(error)
  if (NEVER_SENT.has(code)) return 'not-done'
  if (code === '' || isMistake(error)) return 'broken'
  if (!isServerError(error)) return 'lost'
  if (ENDED.includes(code)) return 'lost'
  if (CONTENT.includes(code.slice(0, 2))) return 'content'
  return NOT_DONE.includes(code.slice(0, 2)) ? 'not-done' : 'broken'
}

/** The statement ran into its time limit. */
export const wasTooSlow = (error: unknown): boolean => codeOf(error) === '57014'

/** An error of this program, not of the connection. */
const isMistake = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError

const isServerError = (error: unknown): boolean => error instanceof Error && error.name === 'PostgresError'

const codeOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : ''
}

import { shownRefusal } from '../commands/shown-refusal.ts'
import { DomainError, ERRORS, type ErrorCode } from '../domain/errors.ts'
import type { Context } from './context.ts'
import { GraphQLError } from './graphql-js.ts'

/** What a query was answered with where Postgres refuses a text: one that holds NUL names nothing that could be stored. */
const NOT_STORABLE = '22021'

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  405: 'method-not-allowed',
  406: 'unsupported-media-type',
  413: 'too-large',
  415: 'unsupported-media-type',
}

interface HttpPart {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** The error that began it, below what the executor put around it to say where it came up. */
const causeOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError !== undefined && error.originalError !== null
    ? causeOf(error.originalError)
    : error

/** A refusal in the words of the one table; the text of anything unforeseen is kept back. */
const refusalOf = (error: unknown, http: HttpPart | undefined): DomainError => {
  const cause = causeOf(error)
  // the query itself is wrong: its text, a name, the type of a value
  if (cause instanceof GraphQLError)
    return new DomainError(BY_STATUS[http?.status ?? 400] ?? 'invalid-input', cause.message)
  if ((cause as { code?: unknown } | undefined)?.code === NOT_STORABLE)
    return new DomainError('invalid-input', 'A text in the query holds a NUL character, which no name has.')
  return shownRefusal(cause)
}

/** The members of `extensions` for a refusal. */
export const extensionsOf = ({ code, retryAfter }: DomainError, requestId: string): Record<string, unknown> => {
  const [status, title, next] = ERRORS[code]
  return { code, status, title, next, requestId, ...(retryAfter === undefined ? {} : { retryAfter }) }
}

/**
 * The error as the client sees it. `whole`: there is no data beside it, and the answer's status says what went wrong (clients
 * that ask for plain JSON get 200, as GraphQL over HTTP wants it).
 */
export const shownError = ({ http: request }: Context, error: GraphQLError, whole: boolean): GraphQLError => {
  const http = error.extensions.http as HttpPart | undefined
  const refusal = refusalOf(error, http)
  const [status] = ERRORS[refusal.code]
  if (status >= 500) request.log.error({ err: refusal.cause ?? error, path: error.path }, 'a query failed')
  return new GraphQLError(refusal.message, {
    ...(error.nodes === undefined ? {} : { nodes: error.nodes }),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(error.source === undefined ? {} : { source: error.source }),
    ...(error.positions === undefined ? {} : { positions: error.positions }),
    extensions: {
      ...extensionsOf(refusal, request.id),
      ...(whole ? { http: http ?? { spec: true, status } } : {}),
    },
  })
}

/**
 * The one table of what Waybill answers when it refuses: HTTP status, a title, and what a person can do next. Every edge
 * (REST, GraphQL, each protocol) renders its own form from it.
 */
export const ERRORS = {
  'invalid-input': [400, 'The request is not valid', 'Correct the fields named in the detail and send it again.'],
  'future-instant': [400, 'The instant lies in the future', 'Ask for an instant that has passed.'],
  'digest-mismatch': [
    400,
    'The bytes do not match the promised digest',
    'Send the file again with the right checksum.',
  ],
  unauthenticated: [401, 'Credentials are needed', 'Sign in, or send a valid token.'],
  forbidden: [403, 'This is not allowed', 'Ask an administrator of the project for a role that includes the action.'],
  'not-found': [404, 'Not found', 'Check the address, and that you may read it.'],
  'method-not-allowed': [405, 'The method is not allowed here', 'Use a method that is possible there.'],
  'already-exists': [409, 'It exists already', 'Choose another name, or change the existing one.'],
  'version-immutable': [409, 'A published version cannot be changed', 'Publish a new version.'],
  'path-conflict': [409, 'A file and a folder cannot have the same path', 'Choose another path.'],
  'revision-conflict': [409, 'It was changed meanwhile', 'Read it again and repeat the change.'],
  'secret-already-shown': [409, 'The secret was shown once and cannot be shown again', 'Create a new one.'],
  withdrawn: [410, 'The content was withdrawn', 'It can no longer be read.'],
  'precondition-failed': [412, 'A precondition of the request does not hold', 'Read the current state and try again.'],
  'too-large': [413, 'The request is too large', 'Send less, or ask the operator for a higher limit.'],
  'unsupported-media-type': [415, 'The content type is not supported', 'Send application/json.'],
  'range-not-satisfiable': [416, 'The range lies outside the file', 'Ask for a range within its size.'],
  'idempotency-mismatch': [
    422,
    'The Idempotency-Key was used with another payload',
    'Use a new key for a new request.',
  ],
  unsupported: [422, 'This is not supported', 'Read the detail for what is supported.'],
  'too-many-attempts': [429, 'Too many failed attempts', 'Wait for the time in the Retry-After header.'],
  internal: [500, 'Something went wrong inside Waybill', 'Try again; if it stays, give the operator the request id.'],
  unavailable: [503, 'A part of Waybill cannot be reached', 'Try again in a moment.'],
  'unknown-outcome': [503, 'Whether the change was made is not known', 'Repeat the request: a repeat does no harm.'],
  timeout: [504, 'A part of Waybill did not answer in time', 'Try again in a moment.'],
} as const satisfies Record<string, readonly [status: number, title: string, next: string]>

export type ErrorCode = keyof typeof ERRORS

/** A refusal with a code of the table above. `detail` is one sentence for the person: what happened and why. */
export class DomainError extends Error {
  readonly code: ErrorCode
  /** Seconds after which a repeat makes sense (too-many-attempts). */
  readonly retryAfter: number | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    options: { readonly retryAfter?: number; readonly cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause })
    this.name = 'DomainError'
    this.code = code
    this.retryAfter = options.retryAfter
  }
}

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError

/** Messages of the platform are written to follow a colon in a log; people are shown a sentence. */
const sentenceOf = (message: string): string =>
  `${message.slice(0, 1).toUpperCase()}${message.slice(1)}${message.endsWith('.') ? '' : '.'}`

/**
 * The refusal that an edge shows for any thrown value: platform errors keep their meaning, anything unforeseen is
 * `internal` and shows none of its text.
 */
export const asRefusal = (error: unknown): DomainError => {
  if (isDomainError(error)) return error
  const code = (error as { code?: unknown } | undefined)?.code
  if (code === 'unavailable' || code === 'timeout' || code === 'unknown-outcome' || code === 'digest-mismatch')
    return new DomainError(code, sentenceOf((error as Error).message), { cause: error })
  if (code === 'version-conflict')
    return new DomainError('revision-conflict', 'Another change came first.', { cause: error })
  if (code === 'blob-missing')
    return new DomainError('withdrawn', 'The bytes of this artifact are no longer stored.', { cause: error })
  return new DomainError('internal', 'An unexpected error was logged with the request id.', { cause: error })
}

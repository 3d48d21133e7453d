/**
 * What the errors of @eventstore/db-client 6.2.1 mean. They are told apart by `type`, then by the numeric `code` of gRPC,
 * then by message: some have no type, some no message, and classes differ between copies of the package.
 */

/**
 * - `conflict`: the stream is at `actualRevision`.
 * - `refused`: the server does not take what the append holds, or the stream was deleted there for good.
 * - `not-sent`: the append never left this process.
 * - `lost`: it may have been written.
 * - `broken`: the server does not let this program append, or this program is wrong; no use in trying again.
 */
export type AppendFailure =
  | { readonly kind: 'conflict'; readonly actualRevision: number }
  | { readonly kind: 'refused' | 'not-sent' | 'lost' | 'broken' }

/**
 * - `absent`: there is no such stream.
 * - `invalid-position`: the log has no event at the position that was to be read from.
 * - `passing`: it may succeed when it is tried again.
 * - `broken`: it will not.
 */
export type ReadFailure = 'absent' | 'invalid-position' | 'passing' | 'broken'

/** What has to be made anew after an error: nothing, every call that is open, or the client and its connection. */
export type Remedy = 'none' | 'calls' | 'client'

/** gRPC status codes (grpc/grpc, doc/statuscodes.md). */
const UNKNOWN = 2
const INVALID_ARGUMENT = 3

const REFUSED = new Set(['stream-deleted', 'maximum-append-size-exceeded'])
const BROKEN = new Set(['access-denied', 'invalid-argument'])

interface ClientError {
  readonly type: string
  readonly code: number | undefined
  readonly message: string
  readonly actualVersion: unknown
}

/** How the client reports an event that the server finds malformed; it answers such an append twice. */
const isBadRequest = ({ message }: ClientError): boolean => message.includes('BadRequest')

/** The client remembers it and fails every later append of that instance at once. */
const isFailedDiscovery = ({ message }: ClientError): boolean => message.startsWith('Failed to discover')

const partsOf = (error: unknown): ClientError => {
  const { type, code, message, actualVersion } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly [part in keyof ClientError]?: unknown
  }
  return {
    type: typeof type === 'string' ? type : '',
    code: typeof code === 'number' ? code : undefined,
    message: typeof message === 'string' ? message : '',
    actualVersion,
  }
}

/** An error of this program or of the client's own, not of the server. */
const isMistake = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError

export const appendFailureOf = (error: unknown): AppendFailure => {
  const parts = partsOf(error)
  if (parts.type === 'wrong-expected-version') {
    const { actualVersion } = parts
    return { kind: 'conflict', actualRevision: typeof actualVersion === 'bigint' ? Number(actualVersion) : -1 }
  }
  if (REFUSED.has(parts.type) || (parts.type !== '' && isBadRequest(parts))) return { kind: 'refused' }
  if (BROKEN.has(parts.type) || isMistake(error)) return { kind: 'broken' }
  // Before its first append the client asks what the server can do, and hands that call's errors on as they are.
  if (parts.type === '' && (parts.code !== undefined || isFailedDiscovery(parts))) return { kind: 'not-sent' }
  return { kind: 'lost' }
}

export const readFailureOf = (error: unknown): ReadFailure => {
  const { type, code, message } = partsOf(error)
  if (type === 'stream-not-found') return 'absent'
  if (code === UNKNOWN && message.includes('InvalidPosition')) return 'invalid-position'
  if (code === INVALID_ARGUMENT && message.includes('invalid position')) return 'invalid-position'
  if (type === 'stream-deleted' || BROKEN.has(type) || isMistake(error)) return 'broken'
  return 'passing'
}

/**
 * After an append: an answer to this one leaves the rest as it is. But when a call breaks, the client rejects every pending
 * append of the process, those of healthy instances too, and their late answers would end the process: nothing may stay open.
 */
export const appendRemedyOf = (error: unknown): Remedy => {
  const parts = partsOf(error)
  const { type, code } = parts
  if (isBadRequest(parts) || isFailedDiscovery(parts)) return 'client'
  if (type === 'not-leader') return 'calls' // the client has learnt who leads, and goes there by itself
  if (type === 'wrong-expected-version' || REFUSED.has(type) || BROKEN.has(type) || isMistake(error)) return 'none'
  return code === undefined && type !== '' ? 'none' : 'client'
}

/** After a read or a subscription: where the client drops its connection by itself, its open appends must not stay behind. */
export const readRemedyOf = (error: unknown): Remedy => {
  const parts = partsOf(error)
  if (parts.type === 'not-leader') return 'calls'
  return parts.type === 'unavailable' || parts.type === 'cancelled' || isFailedDiscovery(parts) ? 'client' : 'none'
}

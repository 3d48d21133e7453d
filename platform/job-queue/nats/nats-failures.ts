import { ErrorCode, NatsError } from 'nats'

/** Numbers of JetStream's errors (nats-server, server/errors.json). */
const NO_MESSAGE = new Set([10037, 10043, 10057])
const SUBJECT_TAKEN = 10077
const STREAM_MISSING = 10059
const OTHER_CONFIG = 10058

const numberOf = (error: unknown): number | undefined =>
  error instanceof NatsError ? error.api_error?.err_code : undefined

/** The message is there already: one a subject is all that the stream takes. */
export const isTaken = (error: unknown): boolean => numberOf(error) === SUBJECT_TAKEN
export const isNoMessage = (error: unknown): boolean => NO_MESSAGE.has(numberOf(error) ?? 0)
export const isNoStream = (error: unknown): boolean => numberOf(error) === STREAM_MISSING
export const isOtherConfig = (error: unknown): boolean => numberOf(error) === OTHER_CONFIG

/** A message that is not there for us: it, or the whole stream, is gone. */
export const isGone = (error: unknown): boolean => isNoMessage(error) || isNoStream(error)

/** The connection was closed by us. */
export const isClosed = (error: unknown): boolean =>
  error instanceof NatsError &&
  [ErrorCode.ConnectionClosed, ErrorCode.ConnectionDraining].includes(error.code as ErrorCode)

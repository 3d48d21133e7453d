import { PlatformError } from '../platform-error.ts'

/**
 * Why a request to the outside has no answer.
 * - `refused`: the address is not one that may be called; nothing was sent
 * - `unreachable`: no connection, no such name, or a certificate that does not hold
 * - `broken`: the connection ended, or what came is no HTTP
 * - `timeout`: the answer was not complete in time
 * - `too-large`: the answer has more bytes than were asked for
 * - `redirects`: more redirects than were allowed, or one that leads nowhere
 */
export type OutboundFailure = 'refused' | 'unreachable' | 'broken' | 'timeout' | 'too-large' | 'redirects'

/**
 * A request to the outside has no answer: `unavailable`, or `timeout`. The message is a sentence for whoever gave the URL: it names
 * the host as that person wrote it and never an address that it stands for.
 */
export class OutboundError extends PlatformError {
  readonly failure: OutboundFailure

  constructor(failure: OutboundFailure, message: string, options?: ErrorOptions) {
    super(failure === 'timeout' ? 'timeout' : 'unavailable', message, options)
    this.name = 'OutboundError'
    this.failure = failure
  }
}

export const isOutboundError = (error: unknown): error is OutboundError => error instanceof OutboundError

/** Failures of TLS, as OpenSSL and Node name them. */
const isCertificateCode = (code: string): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT)|HOSTNAME_MISMATCH|EPROTO)/.test(code)

const SENTENCES: Readonly<Record<string, readonly [OutboundFailure, string]>> = {
  ENOTFOUND: ['unreachable', 'is a name that does not exist'],
  ENODATA: ['unreachable', 'is a name without an address'],
  EAI_AGAIN: ['unreachable', 'is a name that cannot be looked up right now'],
  ECONNREFUSED: ['unreachable', 'refuses the connection'],
  EHOSTUNREACH: ['unreachable', 'cannot be reached'],
  ENETUNREACH: ['unreachable', 'cannot be reached'],
  ETIMEDOUT: ['unreachable', 'cannot be reached: no connection in time'],
  UND_ERR_CONNECT_TIMEOUT: ['unreachable', 'cannot be reached: no connection in time'],
  UND_ERR_HEADERS_OVERFLOW: ['broken', 'answers with too large headers'],
}

/** With `autoSelectFamily` several addresses may have been tried: the first failure speaks for all. */
const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** What undici or a resolver threw, as a failure to reach `host`. */
export const outboundFailure = (host: string, error: unknown): OutboundError => {
  if (isOutboundError(error)) return error
  // A refusal of the lookup comes out of the connection's error.
  const { cause } = error as { cause?: unknown }
  if (isOutboundError(cause)) return cause
  const code = codeOf(error)
  if (isCertificateCode(code))
    return new OutboundError('unreachable', `${host} has no valid certificate (${code})`, { cause: error })
  const [failure, sentence] = SENTENCES[code] ?? ['broken', 'ended the connection, or does not speak HTTP']
  return new OutboundError(failure, `${host} ${sentence}`, { cause: error })
}

import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from './failure.ts'

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
])

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is Waybill started?',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'it does not answer',
  EPROTO: 'it does not speak TLS: try http:// instead of https://',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: try http:// instead of https://',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

/** Whether the connection was there and broke off, so that what was sent may have been carried out. */
const brokeOff = (code: string): boolean => ['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(code)

/** The failure of a request that got no answer. */
export const unreachable = (origin: string, error: unknown): Error => {
  if (error instanceof Failure) return error
  const { code = '', message } = error as { code?: string; message: string }
  if (brokeOff(code))
    return new Failure('connection-lost', `the connection to ${origin} broke off`, {
      cause: error,
      exit: 'unavailable',
    })
  const untrusted = `its certificate is not trusted (${code}): set NODE_EXTRA_CA_CERTS to the file of your authority`
  const why = UNTRUSTED.has(code) ? untrusted : code.startsWith('HPE_') ? 'it does not speak HTTP' : WHY[code]
  return new Failure('unreachable', `${origin} cannot be reached: ${why ?? (message || code)}`, {
    cause: error,
    exit: 'unavailable',
  })
}

interface Problem {
  readonly code: string
  readonly detail: string
}

/** A problem (RFC 9457) as Waybill's own addresses answer it, or the first error of a GraphQL answer. */
const problemOf = (text: string): Problem | undefined => {
  try {
    const { code, detail, errors } = JSON.parse(text) as {
      code?: unknown
      detail?: unknown
      errors?: readonly { readonly message?: unknown; readonly extensions?: { readonly code?: unknown } }[]
    }
    if (typeof code === 'string' && typeof detail === 'string') return { code, detail }
    const [first] = errors ?? []
    const shown = first?.extensions?.code
    if (typeof first?.message === 'string' && typeof shown === 'string') return { code: shown, detail: first.message }
    return undefined
  } catch {
    return undefined // not JSON: said to be another server's answer below
  }
}

/** An answer to HEAD has no body to say it. */
const BY_STATUS: Readonly<Record<number, Problem>> = {
  403: { code: 'forbidden', detail: 'your roles do not allow it' },
  404: { code: 'not-found', detail: 'it is not there, or you may not see it' },
  410: { code: 'withdrawn', detail: 'it was withdrawn' },
  429: { code: 'too-many-attempts', detail: 'there were too many failed attempts' },
  503: { code: 'unavailable', detail: 'a part of the server cannot be reached' },
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')

/** The failure that an answer stands for. `signedIn`: credentials were sent. */
export const refusal = (
  origin: string,
  signedIn: boolean,
  { status, headers, text }: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string },
): Failure => {
  const { code, detail } = (text === '' ? BY_STATUS[status] : problemOf(text)) ?? {}
  if (code === 'unauthenticated' || (code === undefined && status === 401)) {
    const how = 'run waybill login, or set WAYBILL_TOKEN'
    return new Failure(
      'unauthenticated',
      signedIn ? `${origin} refused the credentials: ${how}` : `${origin} wants credentials: ${how}`,
    )
  }
  if (code === undefined || detail === undefined)
    return new Failure('not-waybill', `${origin} answered ${status}, but not as Waybill does`, {
      exit: status >= 500 ? 'unavailable' : 'failed',
    })
  const wait = headers['retry-after']
  return new Failure(code, withoutStop(detail) + (wait === undefined ? '' : `; try again in ${wait} s`))
}

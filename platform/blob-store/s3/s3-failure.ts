import { PlatformError } from '../../platform-error.ts'

interface SdkError {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  /** The region that a server told us to use. */
  readonly Region?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const facts = (error: unknown): SdkError => (typeof error === 'object' && error !== null ? error : {})

export const statusOf = (error: unknown): number | undefined => facts(error).$metadata?.httpStatusCode

const KEYS =
  'the server of the blob store does not accept the credentials: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
const REGION = 'the bucket of the blob store is in another region'
const FULL = 'the server of the blob store has no room left'

/** By the error's name: S3's own codes (API reference, "Error responses"), those of the SDK, and what servers add. */
const byName: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket of the blob store does not exist',
  InvalidBucketName: 'the bucket of the blob store has a name that its server does not take',
  InvalidAccessKeyId: KEYS,
  XAdminUserNotFound: KEYS,
  SignatureDoesNotMatch: KEYS,
  InvalidToken: KEYS,
  ExpiredToken: 'the credentials for the server of the blob store have expired',
  CredentialsProviderError:
    'there are no credentials for the blob store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  AccessDenied: 'the credentials do not allow this in the bucket of the blob store',
  AllAccessDisabled: 'the bucket of the blob store is disabled',
  RequestTimeTooSkewed: "this machine's clock and that of the blob store's server differ too much",
  AuthorizationHeaderMalformed: REGION,
  PermanentRedirect: REGION,
  IllegalLocationConstraintException: REGION,
  SlowDown: 'the server of the blob store asks for fewer requests',
  QuotaExceeded: FULL,
  XMinioStorageFull: FULL,
  TimeoutError: 'the server of the blob store did not answer in time',
}

const byStatus: Readonly<Record<number, string>> = {
  301: REGION,
  307: REGION,
  403: byName.AccessDenied ?? '',
  507: FULL,
}

/** Of the connection, by the system's code. */
const isUnreachable = (code: string): boolean =>
  /^(E[A-Z_]+|ERR_[A-Z0-9_]+|[A-Z_]*CERT[A-Z_]*|[A-Z_]+_SIGNATURE)$/.test(code)

const sentenceOf = (error: unknown): string => {
  const { name, code, message, Region } = facts(error)
  const status = statusOf(error)
  const known = byName[String(name)] ?? byStatus[status ?? 0]
  if (known === REGION && typeof Region === 'string') return `${known}: set region=${Region}`
  if (known !== undefined) return known
  if (message === 'Region is missing') return 'the blob store has no region: set region= in its URL, or AWS_REGION'
  if (typeof code === 'string' && isUnreachable(code)) return `the server of the blob store cannot be reached (${code})`
  const said = [status, name].filter((part) => part !== undefined && part !== 'Error' && part !== 'UnknownError')
  return `the server of the blob store failed${said.length === 0 ? '' : ` (${said.join(' ')})`}`
}

/**
 * Turns what the SDK threw into `unavailable` with one sentence for the operator, the error itself as its cause. No bucket and no
 * host is named: the sentence may be shown to a client.
 */
export const s3Failure = (error: unknown): PlatformError =>
  error instanceof PlatformError ? error : new PlatformError('unavailable', sentenceOf(error), { cause: error })

/** @throws {PlatformError} `unavailable` when the request fails, after the SDK's own retries */
export const onS3 = async <T>(request: Promise<T>): Promise<T> => {
  try {
    return await request
  } catch (error) {
    throw s3Failure(error)
  }
}

/**
 * The answer, or undefined when there is no such object or upload.
 * @throws {PlatformError} `unavailable`
 */
export const unlessMissing = async <T>(request: Promise<T>): Promise<T | undefined> => {
  try {
    return await request
  } catch (error) {
    // A HEAD has no body that would say more than the status; a bucket that is gone must not pass for an empty one elsewhere.
    const { name } = facts(error)
    if (name === 'NotFound' || name === 'NoSuchKey' || name === 'NoSuchUpload') return undefined
    throw s3Failure(error)
  }
}

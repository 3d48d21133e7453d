/**
 * What can go wrong below the domain. Callers tell them apart by `code`, never by class.
 * - `version-conflict`: the stream is not at the expected revision.
 * - `unavailable`: the engine cannot be reached or refuses for now; nothing was done.
 * - `timeout`: the engine did not answer in time; only thrown by reads.
 * - `unknown-outcome`: an append was sent and its answer was lost; retry with the same ids and the same expected revision.
 * - `invalid-append`: the append breaks a rule of the port (size, names, ids) and was not sent.
 * - `invalid-job`: a job breaks a rule of the port (size, ids, kinds); nothing was queued.
 * - `blob-missing`: no blob has this digest.
 * - `digest-mismatch`: the bytes received do not have the digest or size that was promised; nothing was kept.
 */
export type PlatformErrorCode =
  | 'version-conflict'
  | 'unavailable'
  | 'timeout'
  | 'unknown-outcome'
  | 'invalid-append'
  | 'invalid-job'
  | 'blob-missing'
  | 'digest-mismatch'

export class PlatformError extends Error {
  readonly code: PlatformErrorCode

  constructor(code: PlatformErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PlatformError'
    this.code = code
  }
}

/** Thrown by an append when the stream is at `actualRevision` (-1: it does not exist) instead of the expected one. */
export class VersionConflict extends PlatformError {
  readonly actualRevision: number

  constructor(stream: string, expected: number, actual: number) {
    super('version-conflict', `stream ${stream} is at revision ${actual}, expected ${expected}`)
    this.actualRevision = actual
  }
}

export const hasCode = (error: unknown, code: PlatformErrorCode): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === code

export const isVersionConflict = (error: unknown): error is VersionConflict => hasCode(error, 'version-conflict')
